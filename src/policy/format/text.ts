import { escapeForTerminal } from '../../text/terminal.js';
import type { Style } from '../../text/terminal.js';
import { type PolicyFinding, type PolicyResult, describeState } from '../finding.js';
import { describeRegion } from '../regions.js';
import { counted } from '../../text/layout.js';

/**
 * Formats results as text: for each command its findings and its summary. Each finding starts with `FILE:LINE:COLUMN`,
 * so that an editor can open the place.
 */
export function formatText(results: readonly PolicyResult[], style: Style): string {
  return results
    .flatMap((result) => [
      ...result.findings.map((finding) => `${formatFinding(finding, style)}\n`),
      `${style.bold(`policy ${result.command}`)} ${safe(result.file)}: ${safe(result.summary)}`,
    ])
    .map((part) => `${part}\n`)
    .join('');
}

export function formatFinding(finding: PolicyFinding, style: Style): string {
  const { file, line, column, level, check, message, hint, about } = finding;
  const colour = { error: style.red, warning: style.yellow, note: style.dim }[level];
  const [step, ...more] = hint === null ? [] : hint.split('\n');
  return [
    `${safe(`${file}:${line}:${column}`)} ${colour(level)} ${check}: ${safe(message)}`,
    ...describeStates(finding).map((words) => `    ${words}`),
    ...(about === null ? [] : [`    for example: ${describeState(about.witness)}`]),
    ...(step === undefined ? [] : [`    next step: ${safe(step)}`]),
    ...more.map((words) => `    ${safe(words)}`),
  ].join('\n');
}

function safe(text: string): string {
  return escapeForTerminal(text);
}

/**
 * Returns one line with the number and the region of the states that a finding concerns, or no line if the finding
 * concerns only the text of the file.
 */
export function describeStates({ about }: PolicyFinding): readonly string[] {
  if (about === null) return [];
  return [`${counted(about.states, 'state')}: ${describeRegion(about.region)}`];
}
