import type { Machine } from '../machine/machine.js';
import { Command } from 'commander';
import { demo } from '../demo/demo.js';
import { addHelpSections } from './help.js';
import { EXIT, type ExitCode, reportFailure } from './output.js';

/** The words of `spec-kitty demo`. */
export function demoCommand(machine: Machine, exitWith: (code: ExitCode) => void): Command {
  const command = new Command('demo')
    .description('play the incident of 18 orphans through in a throw-away world, in under a minute')
    .allowExcessArguments(false)
    .action(async () => {
      const failure = await demo();
      exitWith(failure ? reportFailure(machine, failure, false) : EXIT.done);
    });
  return addHelpSections(command, {
    notes:
      'It needs Linux and python3. It plays in a private network, where nothing of yours is in reach; without the right to make one, it shows what changes nothing.',
    examples: [['spec-kitty demo', '18 orphans, found, explained and retired']],
    exitCodes: `${EXIT.done} played, ${EXIT.couldNot} it could not be`,
  });
}
