import type { Machine } from '../machine/machine.js';
import { problemLine, type PolicyProblem, type PolicyResult, worstOutcome } from '../policy/finding.js';
import { type Format, formatResults } from '../policy/format/formats.js';
import type { FileName } from '../policy/source-file.js';
import { counted } from '../text/layout.js';
import { styleFor } from '../text/terminal.js';
import { EXIT, type ExitCode, reportFailure } from './output.js';

export interface OutputOptions {
  readonly json?: true;
  readonly format: Format;
}

/** The problems of an input that could not be used, so that the job was not done. */
export interface Refused {
  readonly problems: readonly PolicyProblem[];
}

/**
 * Prints the result of one command. A job that was not done is a failure in text and JSON, as for every other command;
 * in the other formats it is a result with findings.
 */
export function finishOne(
  machine: Machine,
  command: PolicyResult['command'],
  { shown: file }: FileName,
  answer: PolicyResult | Refused,
  options: OutputOptions,
): ExitCode {
  if (!('problems' in answer)) return finish(machine, [answer], options);
  const format = formatOf(options);
  if (format === 'text' || format === 'json') {
    return reportRefused(machine, command, answer, format === 'json');
  }
  return finish(machine, [refusedResult(command, file, answer)], options);
}

/**
 * Prints several results as one report.
 * @returns the worst of their exit codes
 */
export function finish(machine: Machine, results: readonly PolicyResult[], options: OutputOptions): ExitCode {
  const format = formatOf(options);
  machine.actor.terminal.print(
    formatResults(results, format, styleFor(format === 'text' && machine.actor.terminal.hasColour())),
  );
  return EXIT_CODES[worstOutcome(results)];
}

const EXIT_CODES = {
  clean: EXIT.done,
  found: EXIT.attention,
  failed: EXIT.couldNot,
  inconclusive: EXIT.inconclusive,
} as const;

/** Converts a job that was not done to a result with a finding for each problem. */
export function refusedResult(
  command: PolicyResult['command'],
  file: string,
  { problems }: Refused,
): PolicyResult {
  return {
    command,
    file,
    sha256: null,
    outcome: 'failed',
    summary: `the job was not done: ${counted(problems.length, 'problem')}`,
    headline: `policy ${command} could not be done`,
    findings: problems.map((problem) => ({ ...problem, level: 'error', about: null })),
  };
}

/** Prints why a policy command refused its input, with the place of each problem. Returns the exit code. */
export function reportRefused(
  machine: Machine,
  command: string,
  { problems }: Refused,
  asJson: boolean,
): ExitCode {
  const message = `policy ${command} could not be done`;
  const more = problems.map(problemLine);
  const remedy = problems[0]?.hint ?? 'correct the first of these';
  return reportFailure(machine, { message, more, remedy }, asJson);
}

export function formatOf({ json, format }: OutputOptions): Format {
  return json ? 'json' : format;
}
