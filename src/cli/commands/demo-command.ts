import { Command } from 'commander';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { reportFailure } from '../failure.js';

/** The words of `spec-kitty demo`. */
export function demoCommand(exitWith: (code: ExitCode) => void): Command {
  return new Command('demo')
    .description('play the incident of 18 orphans through in a throw-away world, in under a minute')
    .allowExcessArguments(false)
    .action(async () => {
      const { demo } = await import('../../demo/demo.js');
      const failure = await demo();
      exitWith(failure ? reportFailure(failure, false) : EXIT.done);
    });
}
