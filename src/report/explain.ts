import type { Explanation, NearestChange, RuleTrace } from '../model/verdict.js';
import { hangingTable, type Screen, stepLines, wrap, wrapBehind } from '../text/layout.js';
import { displayWidth, escapeForTerminal, inertName } from '../text/terminal.js';
import type { ReportCandidate } from './report.js';
import { classWords, listenerWords } from './words.js';

/**
 * Explains one verdict, in words and in codes: the evidence, every rule in order up to the rule that decided, and what
 * would change the verdict.
 * @returns no line if the report has no explanation for this candidate
 */
export function explain(candidate: ReportCandidate, screen: Screen): readonly string[] {
  const { explanation, address, port, pid, cleanup_class: cleanupClass, skip_reason: reason } = candidate;
  if (!explanation) return [];
  const { style, columns } = screen;
  const words = escapeForTerminal(`${classWords(candidate)} (${listenerWords(candidate)})`);
  const why = reason === null ? '' : `, reason ${reason}`;
  const spared = spareWords(candidate);
  return [
    ...wrap(`${address}:${port}, PID ${pid ?? 'unknown'}: ${words}`, columns).map((line) => style.bold(line)),
    ...(spared === null ? [] : wrapBehind('  ', spared, columns)),
    ...wrapBehind('  ', escapeForTerminal(`Class ${cleanupClass}${why}`), columns),
    ...(candidate.daemon_root === null
      ? []
      : wrapBehind('  ', `Serves ${inertName(candidate.daemon_root)}`, columns)),
    ...remedyLines(candidate, screen),
    '  Evidence',
    ...evidenceLines(candidate, columns),
    ...ruleAndChangeLines(explanation, screen),
  ];
}

/** Says why every reset leaves a daemon alone whose class lets its user decide; null for other daemons. */
function spareWords({
  cleanup_class: cleanupClass,
  live_in_root: root,
  skip_reason: reason,
}: ReportCandidate): string | null {
  if (cleanupClass !== 'operator_required') return null;
  if (root !== null)
    return `Nothing to do: it is in use, named by the state file of ${inertName(root)}; no reset retires it`;
  return reason === 'other_user' ? 'No reset of yours retires it: only one of its own user does' : null;
}

/** Formats every rule in order up to the rule that decided, and what would change the verdict. */
export function ruleAndChangeLines(
  { rules, decided_by: decidedBy, nearest }: Explanation,
  screen: Screen,
): readonly string[] {
  return [
    '  Rules, first match wins',
    ...ruleLines(rules, decidedBy, screen),
    ...nearest.flatMap((change) => wrapBehind('  ', nearestLine(change), screen.columns)),
  ];
}

function evidenceLines({ evidence }: ReportCandidate, columns: number): readonly string[] {
  return hangingTable(
    evidence.map(({ fact, value, because: detail, source, exact }) => [
      `    ${fact}`,
      value,
      `${escapeForTerminal(detail)}  [${escapeForTerminal(source)}${exact ? '' : ', not exact'}]`,
    ]),
    columns,
  );
}

function ruleLines(
  rules: readonly RuleTrace[],
  decidedBy: string | null,
  { style, columns }: Screen,
): readonly string[] {
  const rows = rules.map(({ rule, line, held, failed }) => [
    rule === decidedBy ? '  ->' : '    ',
    `line ${line}`,
    rule,
    failed ? `no: ${failed.fact} is ${failed.was}, not ${failed.wanted.join(' or ')}` : held ? 'holds' : 'no',
  ]);
  return hangingTable(rows, columns).map((line) => (line.startsWith('  ->') ? style.bold(line) : line));
}

function nearestLine({ cleanupClass, changes }: NearestChange): string {
  const conditions = changes.map(({ fact, from, to }) => `${fact} were ${to} instead of ${from}`);
  return `Would be ${cleanupClass} if ${conditions.join(', and ')}.`;
}

function remedyLines(
  { remediation, live_in_root: liveIn }: ReportCandidate,
  screen: Screen,
): readonly string[] {
  if (!remediation) return [];
  const command = remediation.command === null ? null : escapeForTerminal(remediation.command);
  const effect = escapeForTerminal(remediation.effect);
  const heading = liveIn === null ? '  Next step:' : '  To end it all the same:';
  const line = `${heading} ${effect}`;
  if (command === null && displayWidth(line) <= screen.columns) return [line];
  return [heading, ...stepLines({ command, effect }, screen)];
}
