import { Command } from 'commander';
import { PACKAGE_VERSION } from '../model/version.js';
import { authDoctorCommand } from './commands/auth-doctor-command.js';
import { completionCommand } from './commands/completion-command.js';
import { dashboardCommand } from './commands/dashboard-command.js';
import { demoCommand } from './commands/demo-command.js';
import { policyCommand } from './commands/policy-command.js';
import { syncCommand } from './commands/sync-command.js';
import type { ExitCode } from './exit-codes.js';
import { print } from './print.js';

/** Every command with its words, options and help: what is parsed, completed and described in the manual. */
export function buildProgram(exitWith: (code: ExitCode) => void): Command {
  const program = new Command('spec-kitty')
    .description('Finds orphaned Spec Kitty sync daemons and cleans them up safely.')
    .version(PACKAGE_VERSION, '--version', 'print the version; with --json what this install can do')
    .helpOption('--help', 'show this help')
    // The words beside an option wrap on narrow terminals too.
    .configureHelp({ minWidthToWrap: 20 })
    // What it shows has one way to be asked for: `--help`.
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ writeOut: print, writeErr: () => undefined })
    .showSuggestionAfterError();
  const auth = program.command('auth').description('look after the background daemons of this user');
  auth.addCommand(authDoctorCommand(exitWith));
  program.addCommand(syncCommand(exitWith));
  program.addCommand(dashboardCommand(exitWith));
  program.addCommand(policyCommand(exitWith));
  program.addCommand(demoCommand(exitWith));
  program.addCommand(completionCommand(exitWith, program));
  inheritSettings(program);
  return program;
}

/** Commands that are added ready-made do not take over the settings of their parent by themselves. */
function inheritSettings(command: Command): void {
  for (const child of command.commands) {
    child.copyInheritedSettings(command).helpOption('--help', 'show this help').helpCommand(false);
    inheritSettings(child);
  }
}
