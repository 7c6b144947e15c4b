import type { Machine } from '../machine/machine.js';
import { Command } from 'commander';
import { PACKAGE_VERSION } from '../model/product.js';
import { completionCommand } from './completion.js';
import { dashboardCommand } from './dashboard.js';
import { demoCommand } from './demo.js';
import { authDoctorCommand } from './doctor.js';
import type { ExitCode } from './output.js';
import { policyCommand } from './policy-command.js';
import { syncCommand } from './sync.js';

/** Where a command says how it ended, and where help and version go. */
export interface ProgramOutput {
  readonly exitWith: (code: ExitCode) => void;
  readonly writeOut: (text: string) => void;
}

/** Every command with its words, options and help: what is parsed, completed and described in the manual. */
export function buildProgram(machine: Machine, { exitWith, writeOut }: ProgramOutput): Command {
  const program = new Command('spec-kitty')
    .description('Finds orphaned Spec Kitty sync daemons and cleans them up safely.')
    .version(PACKAGE_VERSION, '--version', 'print the version; with --json what this install can do')
    .helpOption('--help', 'show this help')
    // The words beside an option wrap on narrow terminals too.
    .configureHelp({ minWidthToWrap: 20 })
    // What it shows has one way to be asked for: `--help`.
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ writeOut, writeErr: () => undefined })
    .showSuggestionAfterError();
  const auth = program.command('auth').description('look after the background daemons of this user');
  auth.addCommand(authDoctorCommand(machine, exitWith));
  program.addCommand(syncCommand(machine, exitWith));
  program.addCommand(dashboardCommand(machine, exitWith));
  program.addCommand(policyCommand(machine, exitWith));
  program.addCommand(demoCommand(machine, exitWith));
  program.addCommand(completionCommand(machine, exitWith, program));
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
