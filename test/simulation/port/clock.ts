import type { Observer } from '../../../src/machine/machine.js';
import type { Timer } from '../../../src/machine/runtime.js';
import type { Calls } from './task.js';

/** The clock and the timers of one simulated process. No real time passes. */
export function clockOf({ world, sync, async, enter, isAlive }: Calls): Observer['clock'] {
  return {
    now: () => sync('clock.now', '', () => new Date(world.wallMs())),
    monotonicMs: () => sync('clock.monotonicMs', '', () => world.now),
    sleep: (ms) =>
      async<undefined>('clock.sleep', ms, (settle) => {
        world.later(
          ms < 100 ? ms * world.lateness : ms,
          'a sleep ends',
          () => {
            settle(undefined);
          },
          isAlive,
        );
      }),
    after: (ms, act) => sync('clock.after', ms, () => timer(ms, act, false)),
    every: (ms, act) => sync('clock.every', ms, () => timer(ms, act, true)),
  };

  function timer(ms: number, act: () => void, isRepeated: boolean): Timer {
    let isWanted = true;
    const schedule = (): void => {
      world.later(
        ms,
        'a timer',
        () => {
          if (isRepeated) schedule();
          enter(() => {
            // It may have been cancelled while the thread was busy.
            if (isWanted) act();
          });
        },
        () => isWanted && isAlive(),
      );
    };
    schedule();
    return {
      cancel() {
        isWanted = false;
      },
    };
  }
}
