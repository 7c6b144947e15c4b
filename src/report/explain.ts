import type { Explanation, NearestChange, RuleTrace } from '../model/verdict.js';
import { escapeForTerminal, type Style, table } from '../text/terminal.js';
import type { ReportCandidate } from './report.js';
import { classWords, verdictReasonWords } from './words.js';

/**
 * Explains one verdict, in words and in codes: the evidence, every rule in order up to the rule that decided, and what
 * would change the verdict.
 * @returns no line if the report has no explanation for this candidate
 */
export function explain(candidate: ReportCandidate, style: Style): readonly string[] {
  const { explanation, address, port, pid, cleanup_class: cleanupClass, skip_reason: reason } = candidate;
  if (!explanation) return [];
  const words = escapeForTerminal(`${classWords(candidate)} (${verdictReasonWords(candidate)})`);
  return [
    style.bold(`${address}:${port}, PID ${pid ?? 'unknown'}: ${words}`),
    escapeForTerminal(`  Class ${cleanupClass}${reason === null ? '' : `, reason ${reason}`}`),
    '  Evidence',
    ...evidenceLines(candidate),
    ...ruleAndChangeLines(explanation, style),
    ...remedyLines(candidate),
  ];
}

/** Formats every rule in order up to the rule that decided, and what would change the verdict. */
export function ruleAndChangeLines(
  { rules, decided_by: decidedBy, nearest }: Explanation,
  style: Style,
): readonly string[] {
  return [
    '  Rules, first match wins',
    ...ruleLines(rules, decidedBy, style),
    ...nearest.map((change) => `  ${nearestLine(change)}`),
  ];
}

function evidenceLines({ evidence }: ReportCandidate): readonly string[] {
  return table(
    evidence.map(({ fact, value, because: detail, source, exact }) => [
      `    ${fact}`,
      value,
      `${escapeForTerminal(detail)}  [${escapeForTerminal(source)}${exact ? '' : ', not exact'}]`,
    ]),
  );
}

function ruleLines(rules: readonly RuleTrace[], decidedBy: string | null, style: Style): readonly string[] {
  const rows = rules.map(({ rule, line, held, failed }) => [
    rule === decidedBy ? '  ->' : '    ',
    `line ${line}`,
    rule,
    failed ? `no: ${failed.fact} is ${failed.was}, not ${failed.wanted.join(' or ')}` : held ? 'holds' : 'no',
  ]);
  return table(rows).map((line, index) => (rules[index]?.rule === decidedBy ? style.bold(line) : line));
}

function nearestLine({ cleanupClass, changes }: NearestChange): string {
  const conditions = changes.map(({ fact, from, to }) => `${fact} were ${to} instead of ${from}`);
  return `Would be ${cleanupClass} if ${conditions.join(', and ')}.`;
}

function remedyLines({ remediation }: ReportCandidate): readonly string[] {
  if (!remediation) return [];
  const { command, effect } = remediation;
  return [`  Next step: ${escapeForTerminal(command === null ? effect : `${command}  # ${effect}`)}`];
}
