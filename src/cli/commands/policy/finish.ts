import type { FileName } from '../../../policy/file-name.js';
import type { PolicyResult } from '../../../policy/finding.js';
import { formatResults } from '../../../policy/formats/formats.js';
import type { Format } from '../../../policy/formats/names.js';
import { worstOutcome } from '../../../policy/outcome.js';
import type { PolicyProblem } from '../../../policy/problem.js';
import { styleFor } from '../../../report/formats/style.js';
import { EXIT, type ExitCode } from '../../exit-codes.js';
import { reportFailure } from '../../failure.js';
import { hasColour, print } from '../../print.js';

export interface OutputOptions {
  readonly json?: true;
  readonly format: Format;
}

/** What could not be read, and why: the job was not done. */
export interface Refused {
  readonly problems: readonly PolicyProblem[];
}

const EXIT_CODES = {
  clean: EXIT.done,
  found: EXIT.attention,
  failed: EXIT.couldNot,
  inconclusive: EXIT.inconclusive,
} as const;

/** Prints what one command came to. Where the job was not done, people and programs are told as by any command. */
export async function finishOne(
  command: PolicyResult['command'],
  { shown: file }: FileName,
  answer: PolicyResult | Refused,
  options: OutputOptions,
): Promise<ExitCode> {
  if (!('problems' in answer)) return finish([answer], options);
  const format = formatOf(options);
  if (format === 'text' || format === 'json') {
    return reportRefused(command, answer, format === 'json');
  }
  return finish([refusedResult(command, file, answer)], options);
}

/** Prints what several commands came to, as one report under the worst exit code. */
export async function finish(results: readonly PolicyResult[], options: OutputOptions): Promise<ExitCode> {
  const format = formatOf(options);
  print(formatResults(results, format, await styleFor(format === 'text' && hasColour())));
  return EXIT_CODES[worstOutcome(results)];
}

/** That a job was not done, as a result among others: each problem at its place. */
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
    summary: `the job was not done: ${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}`,
    findings: problems.map((problem) => ({ ...problem, level: 'error', about: null })),
  };
}

/** That a job was not done, as any command says it. */
export function reportRefused(command: string, { problems }: Refused, asJson: boolean): ExitCode {
  const lines = problems.map(({ file, line, column, message }) => `${file}:${line}:${column}: ${message}`);
  const message = `policy ${command} could not be done\n${lines.join('\n')}`;
  return reportFailure({ message, nextStep: problems[0]?.hint ?? 'mend the first of these' }, asJson);
}

function formatOf({ json, format }: OutputOptions): Format {
  return json ? 'json' : format;
}
