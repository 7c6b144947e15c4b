import { doctor } from './doctor.js';
import { type Swap, type SwapPoint } from './swaps.js';
import { createWorld } from './world.js';

/** Swaps per world: one for each daemon of a single reset. */
export const ROUNDS = 25;

/** Resets daemons that exit only on SIGKILL, and recycles each PID at the given place. */
export async function resetWithSwaps(placement: SwapPoint, withoutKoffi: boolean) {
  const world = await createWorld({ init: 'reaps' });
  try {
    const daemons = await Promise.all(
      Array.from({ length: ROUNDS }, (_, index) =>
        world.startDaemon({ port: 9400 + index, version: '3.2.3', refusesShutdown: true, ignoresTerm: true }),
      ),
    );
    const prepared = await world.prepareSwaps(
      placement,
      daemons.map(({ pid }) => pid),
    );
    const examined = await doctor(world, ['--reset'], { under: prepared.under, withoutKoffi });
    return { ...examined, ...(await prepared.finish()) };
  } finally {
    await world.close();
  }
}

/** On a busy machine a swap may take longer than the delay of the call: four of five must be in time. */
const LEAST_IN_TIME = 0.8 * ROUNDS;

export function fatesIn(swaps: readonly Swap[]): object {
  const inTime = swaps.filter(({ in_time: isInTime }) => isInTime);
  return {
    swaps: swaps.length,
    placedWell: inTime.length >= LEAST_IN_TIME,
    endedBy: [...new Set(inTime.map(({ ended_by: endedBy }) => endedBy))],
  };
}
