import type { Explanation, NearestChange, RuleTrace } from '../model/verdict.js';
import { escapeForTerminal, type Style, table } from '../text/terminal.js';
import type { ReportCandidate } from './report.js';

/** The story of one verdict: the evidence, every rule in order up to the one that decided, and what would change it. */
export function explain(candidate: ReportCandidate, style: Style): readonly string[] {
  const { explanation, address, port, pid, cleanup_class: cleanupClass, skip_reason: reason } = candidate;
  if (!explanation) return [];
  const verdict = reason === null ? cleanupClass : `${cleanupClass} (${reason})`;
  return [
    style.bold(`${address}:${port}, PID ${pid ?? 'unknown'}: ${verdict}`),
    '  Evidence',
    ...evidenceLines(candidate),
    ...storyLines(explanation, style),
    ...nextStepLines(candidate),
  ];
}

/** Every rule in order up to the one that decided, and what would change the verdict. */
export function storyLines(
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
    evidence.map(({ fact, value, because, source, exact }) => [
      `    ${fact}`,
      value,
      `${escapeForTerminal(because)}  [${escapeForTerminal(source)}${exact ? '' : ', flattened'}]`,
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

function nextStepLines({ remediation }: ReportCandidate): readonly string[] {
  if (!remediation) return [];
  const { command, effect } = remediation;
  return [`  Next step: ${escapeForTerminal(command === null ? effect : `${command}  # ${effect}`)}`];
}

function nearestLine({ cleanupClass, changes }: NearestChange): string {
  const conditions = changes.map(({ fact, from, to }) => `${fact} were ${to} instead of ${from}`);
  return `Would be ${cleanupClass} if ${conditions.join(', and ')}.`;
}
