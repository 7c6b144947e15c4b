import type { ErrorReport } from '../model/report.js';
import { formatJson } from '../report/formats/json.js';
import { escapeForTerminal } from '../report/formats/escape.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { print } from './print.js';

/** Why a command could not do its job, and what to do next. */
export interface Failure {
  readonly message: string;
  readonly nextStep: string;
}

/** Asked of the words themselves: an unknown option must be reported as JSON too. */
export function asksForJson(words: readonly string[]): boolean {
  return words.includes('--json') || /(^| )--format[ =]json( |$)/.test(words.join(' '));
}

/** Says why: as one JSON document on stdout where JSON was asked for, else in words on stderr. */
export function reportFailure({ message, nextStep }: Failure, json: boolean): ExitCode {
  if (json) {
    const report: ErrorReport = { schema_version: 1, error: { message, next_step: nextStep } };
    print(formatJson(report));
  } else {
    const words = message.split('\n').map(escapeForTerminal).join('\n');
    process.stderr.write(`spec-kitty: ${words}\nnext step: ${escapeForTerminal(nextStep)}\n`);
  }
  return EXIT.couldNot;
}
