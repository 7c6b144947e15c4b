import { escapeForTerminal } from '../../text/terminal.js';
import type { Style } from '../../text/terminal.js';
import { type PolicyFinding, type PolicyResult, describeState } from '../finding.js';
import { describeRegion } from '../regions.js';

/** Results for people: each finding as `FILE:LINE:COLUMN`, as editors understand it; then what came of each command. */
export function formatText(results: readonly PolicyResult[], style: Style): string {
  return results
    .flatMap((result) => [
      ...result.findings.map((finding) => `${formatFinding(finding, style)}\n`),
      `${style.bold(`policy ${result.command}`)} ${safe(result.file)}: ${safe(result.summary)}`,
    ])
    .map((part) => `${part}\n`)
    .join('');
}

/** One finding, on several lines. */
export function formatFinding(finding: PolicyFinding, style: Style): string {
  const { file, line, column, level, check, message, hint, about } = finding;
  const colour = { error: style.red, warning: style.yellow, note: style.dim }[level];
  const [step, ...more] = hint === null ? [] : hint.split('\n');
  return [
    `${safe(`${file}:${line}:${column}`)} ${colour(level)} ${check}: ${safe(message)}`,
    ...describeStates(finding).map((words) => `    ${words}`),
    ...(about === null ? [] : [`    one is ${describeState(about.witness)}`]),
    ...(step === undefined ? [] : [`    next step: ${safe(step)}`]),
    ...more.map((words) => `    ${safe(words)}`),
  ].join('\n');
}

function safe(text: string): string {
  return escapeForTerminal(text);
}

/** Which states a finding is about, and how many these are, in one line; none where it is about the text alone. */
export function describeStates({ about }: PolicyFinding): readonly string[] {
  if (about === null) return [];
  return [`${about.states} ${about.states === 1 ? 'state' : 'states'}: ${describeRegion(about.region)}`];
}
