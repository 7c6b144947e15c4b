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

/** The callbacks that receive the exit code of a command, and the text of help and version. */
export interface ProgramOutput {
  readonly exitWith: (code: ExitCode) => void;
  readonly writeOut: (text: string) => void;
}

/** Builds every command with its options and help: for parsing, shell completion and the man page. */
export function buildProgram(machine: Machine, { exitWith, writeOut }: ProgramOutput): Command {
  const program = new Command('spec-kitty')
    .description('Finds orphaned Spec Kitty sync daemons and cleans them up safely.')
    .version(PACKAGE_VERSION, '--version', 'print the version; with --json what this install can do')
    .helpOption('--help', 'show this help')
    // Descriptions of options wrap on narrow terminals too.
    .configureHelp({ minWidthToWrap: 20 })
    // `--help` is the only way to request help.
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ writeOut, writeErr: () => undefined })
    .showSuggestionAfterError();
  const auth = program.command('auth').description('find and clean up the background daemons of this user');
  auth.addCommand(authDoctorCommand(machine, exitWith));
  program.addCommand(syncCommand(machine, exitWith));
  program.addCommand(dashboardCommand(machine, exitWith));
  program.addCommand(policyCommand(machine, exitWith));
  program.addCommand(demoCommand(machine, exitWith));
  program.addCommand(completionCommand(machine, exitWith, program));
  inheritSettings(program);
  return program;
}

/** Copies the parent's settings to all its commands, because Commander's `addCommand` does not. */
function inheritSettings(command: Command): void {
  for (const child of command.commands) {
    child.copyInheritedSettings(command).helpOption('--help', 'show this help').helpCommand(false);
    inheritSettings(child);
  }
}
