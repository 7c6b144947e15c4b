import { type Command, CommanderError } from 'commander';
import type { Machine } from '../machine/machine.js';
import { asksForJson, EXIT, type ExitCode, type Failure, reportFailure } from './output.js';
import { errorLines } from '../text/terminal.js';
import { buildProgram } from './program.js';
import { fullWords, HELP } from './short-forms.js';
import { commandAt, unknownCommand, usageFailure } from './usage.js';
import { versionReport } from './version.js';

/**
 * Runs the command line.
 * @param words the arguments after the program's name
 * @returns the exit code; never rejects
 */
export async function main(machine: Machine, words: readonly string[]): Promise<ExitCode> {
  try {
    return await runCommandLine(machine, words);
  } catch (error) {
    const [what = '', ...more] = errorLines(error);
    const failure = { message: `internal error: ${what}`, more, remedy: REPORT_BUG };
    return reportFailure(machine, failure, asksForJson(words));
  }
}

const REPORT_BUG = 'please report this as a bug';

/**
 * Parses the words of a command and runs it.
 * @throws what the command throws
 */
async function runCommandLine(machine: Machine, typed: readonly string[]): Promise<ExitCode> {
  const isHelpWord = typed[0] === HELP.name;
  const words = fullWords(isHelpWord ? typed.slice(1) : typed);
  let exitCode: ExitCode = EXIT.done;
  let help = '';
  const output = {
    exitWith: (code: ExitCode) => {
      exitCode = code;
    },
    writeHelp: (text: string) => {
      help += text;
    },
  };
  const program = buildProgram(machine, output, words[0]);
  if (isHelpWord) {
    const unknown = helpOf(program, words);
    if (unknown) return reportFailure(machine, unknown, asksForJson(words));
    machine.actor.terminal.print(help);
    return EXIT.done;
  }
  try {
    await program.parseAsync(words, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    const isJson = asksForJson(words);
    if (!isHelp(error)) {
      const failure = usageFailure(error, program, words);
      reportFailure(machine, failure, isJson);
      // Where a command is missing, Commander has written the help of its group.
      if (help !== '' && !isJson) machine.actor.terminal.writeError(`\n${help}`);
      return EXIT.couldNot;
    }
    if (error.code === 'commander.version' && isJson) return await versionReport(machine);
    const unknown = error.code === 'commander.helpDisplayed' ? unknownName(program, words) : null;
    if (unknown) return reportFailure(machine, unknown, isJson);
    machine.actor.terminal.print(help);
    return EXIT.done;
  }
}

/**
 * Whether Commander threw because the user typed `--help` or `--version`. Commander also throws if a command is
 * missing; that is a usage failure.
 */
function isHelp({ code }: CommanderError): boolean {
  return code === 'commander.helpDisplayed' || code === 'commander.version';
}

/**
 * Writes the help of the command that words name. Options among them are ignored.
 * @returns what is wrong if they name none
 */
function helpOf(program: Command, words: readonly string[]): Failure | null {
  const names = words.filter((word) => word !== HELP.name);
  const unknown = unknownName(program, names);
  if (unknown) return unknown;
  commandAt(program, namesIn(names)).command.outputHelp();
  return null;
}

/** Returns what is wrong with the words of a request for help that name a command which does not exist; else null. */
function unknownName(program: Command, words: readonly string[]): Failure | null {
  const names = namesIn(words);
  const { command, path } = commandAt(program, names);
  const unknown = names[path.length];
  // A command without commands of its own takes other arguments, which the help explains.
  return unknown === undefined || command.commands.length === 0
    ? null
    : unknownCommand(command, path, unknown);
}

function namesIn(words: readonly string[]): readonly string[] {
  return words.filter((word) => !word.startsWith('-'));
}
