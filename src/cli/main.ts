import { CommanderError } from 'commander';
import type { Machine } from '../machine/machine.js';
import { asksForJson, EXIT, type ExitCode, reportFailure } from './output.js';
import { buildProgram } from './program.js';
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
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return reportFailure(
      machine,
      { message: `internal error: ${text}`, remedy: REPORT_BUG },
      asksForJson(words),
    );
  }
}

const REPORT_BUG = 'please report this as a bug';

/**
 * Parses the words of a command and runs it.
 * @throws what the command throws
 */
async function runCommandLine(machine: Machine, words: readonly string[]): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.done;
  let help = '';
  const output = {
    exitWith: (code: ExitCode) => {
      exitCode = code;
    },
    writeOut: (text: string) => {
      help += text;
    },
  };
  const program = buildProgram(machine, output, words[0]);
  try {
    await program.parseAsync(words, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (!isHelp(error)) return reportFailure(machine, usageFailure(error), asksForJson(words));
    if (error.code === 'commander.version' && asksForJson(words)) return await versionReport(machine);
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

function usageFailure({ code, message }: CommanderError): { message: string; remedy: string } {
  if (code === 'commander.help') {
    return { message: 'no command given', remedy: 'run `spec-kitty --help` to see the commands' };
  }
  const text = message.replace(/^error: /, '').replaceAll("'", '`');
  const remedy =
    code === 'commander.unknownCommand'
      ? 'run `spec-kitty --help`; the command may belong to the Python program of the same name'
      : 'run it with `--help` to see its arguments and options';
  return { message: text, remedy };
}
