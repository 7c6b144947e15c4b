import { CommanderError } from 'commander';
import { EXIT, type ExitCode } from './exit-codes.js';
import { asksForJson, reportFailure } from './failure.js';
import { buildProgram } from './program.js';

/**
 * Parses the words of a command and runs it.
 * @throws what the command throws
 */
export async function runCommandLine(words: readonly string[]): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.done;
  const program = buildProgram((code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(words, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return isHelp(error) ? EXIT.done : reportFailure(usageFailure(error), asksForJson(words));
  }
}

/** `spec-kitty`, or a group such as `spec-kitty auth`, without a command shows help; that is no way to do a job. */
function isHelp({ code }: CommanderError): boolean {
  return code === 'commander.helpDisplayed' || code === 'commander.version';
}

function usageFailure({ code, message }: CommanderError): { message: string; nextStep: string } {
  if (code === 'commander.help') {
    return { message: 'no command given', nextStep: 'run `spec-kitty --help` to see the commands' };
  }
  const text = message.replace(/^error: /, '').replaceAll("'", '`');
  const nextStep =
    code === 'commander.unknownCommand'
      ? 'run `spec-kitty --help`; the command may belong to the Python program of the same name'
      : 'run it with `--help` to see what it takes';
  return { message: text, nextStep };
}
