import { expect, test } from '@jest/globals';
import { doctor } from '../support/doctor.js';
import { canChoosePid, describeIf, hasNetworkNamespace, hasPython, hasStrace } from '../support/requires.js';
import { BEFORE_OPENING_HANDLE, onReading, onSignal, type SwapPoint, type Swap } from '../support/swaps.js';
import { createWorld } from '../support/world.js';

/** In each world, one for each daemon of a single reset; each is held in place by itself. */
const ROUNDS = 25;
const WORLDS = 2;

/**
 * The daemon that was judged ends, and its number passes to an innocent process that shows the same start time
 * (pitfall 6). It happens at an exact place: on entering a system call of the product, which a tracer holds back until
 * the successor is there.
 */
describeIf([hasNetworkNamespace, hasPython, hasStrace, canChoosePid], 'a recycled process id', () => {
  const placements: readonly (readonly [string, SwapPoint, boolean])[] = [
    ['before its number is pinned', BEFORE_OPENING_HANDLE, false],
    ['before the last look begins', onReading('stat', 3), false],
    ['between the last look and SIGTERM', onSignal('SIGTERM'), false],
    ['between the last look and SIGKILL', onSignal('SIGKILL'), false],
    ['without koffi, before the last look begins', onReading('stat', 2), true],
    ['without koffi, before the last look ends', onReading('cmdline', 2), true],
  ];
  test.each(placements)(
    'is no danger to its new owner when it changes hands %s (pitfall 6)',
    async (_name, placement, withoutKoffi) => {
      for (const { report, swaps } of await inEachWorld(placement, withoutKoffi)) {
        expect(report.scope.fence?.kind).toBe(withoutKoffi ? 'none' : 'pidfd');
        expect(fatesIn(swaps)).toEqual({ swaps: ROUNDS, placedWell: true, endedBy: [null] });
        // Those that came late met no signal either.
        expect(swaps.every(({ ended_by: endedBy }) => endedBy === null)).toBe(true);
      }
    },
    40_000,
  );

  test('without koffi is signalled by nobody: there is no `kill` to place a swap on', async () => {
    for (const { report, swaps, signals } of await inEachWorld(onSignal('SIGTERM'), true)) {
      expect({ swaps, signals }).toEqual({ swaps: [], signals: [] });
      expect(report.failed?.map(({ failure_reason: reason }) => reason)).toEqual(
        Array(ROUNDS).fill('cannot_hold'),
      );
    }
  }, 40_000);
});

/** The worlds take turns on the processor while each other's calls are held back. */
function inEachWorld(placement: SwapPoint, withoutKoffi: boolean) {
  return Promise.all(Array.from({ length: WORLDS }, () => resetWithSwaps(placement, withoutKoffi)));
}

/** Runs a reset of stubborn daemons, each of whose numbers changes hands at the given place. */
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

/** On a busy machine a swap may take longer than the call is held back: four of five must be in place. */
const LEAST_IN_TIME = 0.8 * ROUNDS;

function fatesIn(swaps: readonly Swap[]): object {
  const inTime = swaps.filter(({ in_time: isInTime }) => isInTime);
  return {
    swaps: swaps.length,
    placedWell: inTime.length >= LEAST_IN_TIME,
    endedBy: [...new Set(inTime.map(({ ended_by: endedBy }) => endedBy))],
  };
}
