import type { Machine } from '../machine/machine.js';
import { formatJson } from '../text/json.js';
import type { ErrorReport } from '../report/report.js';
import { thisProgram } from '../invocation.js';
import { PROGRAM_NAME } from '../model/product.js';
import type { Screen } from '../text/layout.js';
import { splitRemedyText } from '../model/root-problem.js';
import { commentWords, escapeForTerminal, PLAIN, styleFor } from '../text/terminal.js';

/** Exit codes of every command. */
export const EXIT = {
  /** Done, and nothing needs attention. */
  done: 0,
  /** Done, and something needs attention: there are orphans, or a reset entry failed. */
  attention: 1,
  /** The job could not be done: wrong usage, unreadable policy, internal error. */
  couldNot: 2,
  /** `policy` only: neither proved nor disproved. */
  inconclusive: 3,
  /** A reset or a stop: interrupted by Ctrl-C, as shells report it (128 + SIGINT). */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Why a command could not do its job, and the next step. */
export interface Failure {
  /** One line. A line feed in it is escaped. */
  readonly message: string;
  /** Further lines. */
  readonly more?: readonly string[];
  /** A command in it begins with `spec-kitty` in backticks, and is printed as the user types it. */
  readonly remedy: string;
}

/**
 * Whether the output is to be JSON. Reads the unparsed arguments, because a usage error must be reported as JSON too.
 */
export function asksForJson(words: readonly string[]): boolean {
  return words.includes('--json') || /(^| )--format[ =]json( |$)/.test(words.join(' '));
}

/**
 * Prints a failure: as one JSON document on stdout if `json` is set, else as text on stderr.
 * @param exitCode the exit code to return
 */
export function reportFailure(
  machine: Machine,
  { message, more = [], remedy: words }: Failure,
  json: boolean,
  exitCode: ExitCode = EXIT.couldNot,
): ExitCode {
  const { invocation } = thisProgram(machine.observer);
  const remedy = words.replaceAll(`\`${PROGRAM_NAME} `, () => `\`${invocation} `);
  if (json) {
    const error = { message: [message, ...more].join('\n'), next_step: remedy };
    const report: ErrorReport = { schema_version: 1, error };
    machine.actor.terminal.print(formatJson(report));
  } else {
    machine.actor.terminal.writeError(textOf([`spec-kitty: ${message}`, ...more, ...nextStep(remedy)]));
  }
  return exitCode;
}

/** Formats lines as text. Each is escaped, so that no name begins a line of its own. */
export function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${escapeForTerminal(line)}\n`).join('');
}

/** Returns the lines of a remedy: what to type alone on its line, because some shells take no comments. */
export function nextStep(remedy: string): readonly string[] {
  const { step, effect } = splitRemedyText(remedy);
  return [`next step: ${step}`, ...(effect === null ? [] : [`    # ${commentWords(effect)}`])];
}

/** Returns what stdout shows: the terminal, or without one plain lines of any width. */
export function screenOf({ actor: { terminal }, observer: { platform } }: Machine): Screen {
  const columns = terminal.columns();
  if (columns === null) return FILE;
  return {
    style: styleFor(terminal.hasColour()),
    columns: Math.max(columns, NARROWEST),
    joinsLines: !platform.isWindows,
  };
}

/** Plain lines of any width. */
export const FILE: Screen = { style: PLAIN, columns: Infinity, joinsLines: true };

/** Below this width, lines are wrapped by the terminal. */
const NARROWEST = 30;
