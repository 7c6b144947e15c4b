import { Command, CommanderError } from 'commander';
import { PACKAGE_VERSION } from '../model/version.js';
import { authDoctorCommand } from './commands/auth-doctor-command.js';
import { dashboardCommand } from './commands/dashboard-command.js';
import { demoCommand } from './commands/demo-command.js';
import { policyCommand } from './commands/policy-command.js';
import { syncCommand } from './commands/sync-command.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { asksForJson, reportFailure } from './failure.js';
import { print } from './print.js';

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

function buildProgram(exitWith: (code: ExitCode) => void): Command {
  const program = new Command('spec-kitty')
    .description('Finds orphaned Spec Kitty sync daemons and cleans them up safely.')
    .version(PACKAGE_VERSION, '--version', 'print the version')
    .helpOption('--help', 'show this help')
    .exitOverride()
    .configureOutput({ writeOut: print, writeErr: () => undefined })
    .showSuggestionAfterError();
  const auth = program.command('auth').description('look after the background daemons of this user');
  auth.addCommand(authDoctorCommand(exitWith));
  program.addCommand(syncCommand(exitWith));
  program.addCommand(dashboardCommand(exitWith));
  program.addCommand(policyCommand(exitWith));
  program.addCommand(demoCommand(exitWith));
  inheritSettings(program);
  return program;
}

/** Commands that are added ready-made do not take over the settings of their parent by themselves. */
function inheritSettings(command: Command): void {
  for (const child of command.commands) {
    child.copyInheritedSettings(command).helpOption('--help', 'show this help');
    inheritSettings(child);
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
