import { expect, test } from '@jest/globals';
import { doctor } from '../support/doctor.js';
import { canChoosePid, describeIf, hasNetworkNamespace, hasPython, hasStrace } from '../support/requires.js';
import { BEFORE_OPENING_HANDLE, onReading, onSignal, type SwapPoint, type Swap } from '../support/swaps.js';
import { createWorld } from '../support/world.js';

/** Swaps per world: one for each daemon of a single reset. */
const ROUNDS = 25;
const WORLDS = 2;

/**
 * The judged daemon exits, and a third-party process gets its PID with the same start time (pitfall 6). This happens
 * while a tracer delays one system call of the product until the new process runs.
 */
describeIf([hasNetworkNamespace, hasPython, hasStrace, canChoosePid], 'a recycled PID', () => {
  const placements: readonly (readonly [string, SwapPoint, boolean])[] = [
    ['before the process is opened', BEFORE_OPENING_HANDLE, false],
    ['before revalidation begins', onReading('stat', 3), false],
    ['between revalidation and SIGTERM', onSignal('SIGTERM'), false],
    ['between revalidation and SIGKILL', onSignal('SIGKILL'), false],
    ['without koffi, before revalidation begins', onReading('stat', 2), true],
    ['without koffi, before revalidation ends', onReading('cmdline', 2), true],
  ];
  test.each(placements)(
    'gets no signal when it is recycled %s (pitfall 6)',
    async (_name, placement, withoutKoffi) => {
      for (const { report, swaps } of await inEachWorld(placement, withoutKoffi)) {
        expect(report.scope.fence?.kind).toBe(withoutKoffi ? 'none' : 'pidfd');
        expect(fatesIn(swaps)).toEqual({ swaps: ROUNDS, placedWell: true, endedBy: [null] });
        // Swaps that came too late met no signal either.
        expect(swaps.every(({ ended_by: endedBy }) => endedBy === null)).toBe(true);
      }
    },
    40_000,
  );

  test('gets no signal without koffi: there is no `kill` call', async () => {
    for (const { report, swaps, signals } of await inEachWorld(onSignal('SIGTERM'), true)) {
      expect({ swaps, signals }).toEqual({ swaps: [], signals: [] });
      expect(report.failed?.map(({ failure_reason: reason }) => reason)).toEqual(
        Array(ROUNDS).fill('cannot_hold'),
      );
    }
  }, 40_000);
});

/** Runs the worlds concurrently, because each one mostly waits for delayed calls. */
function inEachWorld(placement: SwapPoint, withoutKoffi: boolean) {
  return Promise.all(Array.from({ length: WORLDS }, () => resetWithSwaps(placement, withoutKoffi)));
}

/** Resets daemons that exit only on SIGKILL, and recycles each PID at the given place. */
async function resetWithSwaps(placement: SwapPoint, withoutKoffi: boolean) {
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

function fatesIn(swaps: readonly Swap[]): object {
  const inTime = swaps.filter(({ in_time: isInTime }) => isInTime);
  return {
    swaps: swaps.length,
    placedWell: inTime.length >= LEAST_IN_TIME,
    endedBy: [...new Set(inTime.map(({ ended_by: endedBy }) => endedBy))],
  };
}
