import type { Machine } from '../machine/machine.js';
import { Command } from 'commander';
import { demo } from '../demo/demo.js';
import { addHelpSections } from './help.js';
import { EXIT, type ExitCode, reportFailure } from './output.js';

/** `spec-kitty demo`: plays the incident in a temporary folder. */
export function demoCommand(machine: Machine, exitWith: (code: ExitCode) => void): Command {
  const command = new Command('demo')
    .description('play the incident of 18 orphaned daemons in a temporary folder, in under a minute')
    .allowExcessArguments(false)
    .action(async () => {
      const failure = await demo();
      exitWith(failure ? reportFailure(machine, failure, false) : EXIT.done);
    });
  return addHelpSections(command, machine.observer, {
    notes:
      'It needs Linux and python3. It runs in a private network namespace, which none of your processes is in; where you may not make one, it runs only the commands that change nothing.',
    examples: [['spec-kitty demo', 'finds, explains and retires 18 orphans']],
    exitCodes: `${EXIT.done} played, ${EXIT.couldNot} it could not be played`,
  });
}
