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

/**
 * Builds the commands with their options and help: for parsing, shell completion and the man page.
 * @param called the first word of the command line. If it names a command, only that command is built, because building
 *   all of them takes a tenth of the time of a command on an empty range
 */
export function buildProgram(
  machine: Machine,
  { exitWith, writeOut }: ProgramOutput,
  called?: string,
): Command {
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
  const commands: Readonly<Record<string, () => Command>> = {
    auth: () => authCommand(machine, exitWith),
    sync: () => syncCommand(machine, exitWith),
    dashboard: () => dashboardCommand(machine, exitWith),
    policy: () => policyCommand(machine, exitWith),
    demo: () => demoCommand(machine, exitWith),
    completion: () =>
      completionCommand(machine, exitWith, () => buildProgram(machine, { exitWith, writeOut })),
  };
  const only = called !== undefined && Object.hasOwn(commands, called) ? [called] : Object.keys(commands);
  for (const name of only) {
    const build = commands[name];
    if (build) program.addCommand(build());
  }
  inheritSettings(program);
  return program;
}

function authCommand(machine: Machine, exitWith: (code: ExitCode) => void): Command {
  return new Command('auth')
    .description('find and clean up the background daemons of this user')
    .addCommand(authDoctorCommand(machine, exitWith));
}

/** Copies the parent's settings to all its commands, because Commander's `addCommand` does not. */
function inheritSettings(command: Command): void {
  for (const child of command.commands) {
    child.copyInheritedSettings(command).helpOption('--help', 'show this help').helpCommand(false);
    inheritSettings(child);
  }
}
