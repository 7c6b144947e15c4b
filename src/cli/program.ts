import type { Machine, Observer } from '../machine/machine.js';
import { Command } from 'commander';
import { PACKAGE_VERSION } from '../model/product.js';
import { completionCommand } from './completion.js';
import { dashboardCommand } from './dashboard.js';
import { demoCommand } from './demo.js';
import { authDoctorCommand } from './doctor-command.js';
import { addHelpSections, exampleLines, helpColumns } from './help.js';
import { historyCommand } from './history.js';
import { EXIT, type ExitCode } from './output.js';
import { policyCommand } from './policy-command.js';
import { syncCommand } from './sync.js';

/** The callbacks that receive the exit code of a command, and the text of help and version. */
export interface ProgramOutput {
  readonly exitWith: (code: ExitCode) => void;
  readonly writeHelp: (text: string) => void;
}

/**
 * Builds the commands with their options and help: for parsing, shell completion and the man page.
 * @param called the first word of the command line, in full. If it names a command, only that command is built, because building
 *   all of them takes a tenth of the time of a command on an empty range
 */
export function buildProgram(
  machine: Machine,
  { exitWith, writeHelp }: ProgramOutput,
  called?: string,
): Command {
  const program = new Command('spec-kitty')
    .description('Finds orphaned Spec Kitty sync daemons and cleans them up safely.')
    .version(PACKAGE_VERSION, '-V, --version', 'print the version; with --json what this install can do')
    .helpOption(HELP_FLAGS, 'show this help')
    // Descriptions of options wrap on narrow terminals too.
    .configureHelp({ minWidthToWrap: 12 })
    // Commander's command for help knows neither short forms nor a command of a group.
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ writeOut: writeHelp, writeErr: writeHelp, outputError: () => undefined })
    // Commander suggests words that are too far from what was typed.
    .showSuggestionAfterError(false);
  const commands: Readonly<Record<string, () => Command>> = {
    auth: () => authCommand(machine, exitWith),
    sync: () => syncCommand(machine, exitWith),
    history: () => historyCommand(machine, exitWith),
    dashboard: () => dashboardCommand(machine, exitWith),
    policy: () => policyCommand(machine, exitWith),
    demo: () => demoCommand(machine, exitWith),
    completion: () =>
      completionCommand(machine, exitWith, () => buildProgram(machine, { exitWith, writeHelp })),
  };
  const only = called !== undefined && Object.hasOwn(commands, called) ? [called] : Object.keys(commands);
  for (const name of only) {
    const build = commands[name];
    if (build) program.addCommand(build());
  }
  inheritSettings(program);
  return addRootHelp(program, machine.observer);
}

/** Puts the two commands that lead from many orphans to none before everything else (SC-005). */
function addRootHelp(program: Command, observer: Observer): Command {
  program.addHelpText('before', () => {
    const lines = exampleLines(
      observer,
      [
        ['spec-kitty auth doctor', 'what listens, and what to do about it; changes nothing'],
        ['spec-kitty auth doctor --reset', 'retires the orphans, and reports on each'],
      ],
      helpColumns(program),
    );
    return `From many orphans to none:\n${lines.join('\n')}\n`;
  });
  return addHelpSections(program, observer, {
    notes:
      'Short forms: doctor is auth doctor, status is sync status, version is --version, and help COMMAND is COMMAND --help.',
    examples: [
      ['spec-kitty doctor --explain 9405', 'why port 9405 has its class'],
      ['spec-kitty status', 'the recorded daemon, its queue and its last upload'],
      ['spec-kitty history', 'what was done to which daemon, when, and why'],
      ['spec-kitty help sync start', 'the help of one command'],
    ],
    exitCodes: `${EXIT.done} done, ${EXIT.attention} done, and something needs attention, ${EXIT.couldNot} the job could not be done; each command explains its own`,
  });
}

const HELP_FLAGS = '-h, --help';

function authCommand(machine: Machine, exitWith: (code: ExitCode) => void): Command {
  return new Command('auth')
    .description('find and clean up the background daemons of this user')
    .addCommand(authDoctorCommand(machine, exitWith));
}

/** Copies the parent's settings to all its commands, because Commander's `addCommand` does not. */
function inheritSettings(command: Command): void {
  for (const child of command.commands) {
    child.copyInheritedSettings(command).helpOption(HELP_FLAGS, 'show this help').helpCommand(false);
    inheritSettings(child);
  }
}
