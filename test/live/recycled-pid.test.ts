import { expect, test } from '@jest/globals';
import { fatesIn, resetWithSwaps, ROUNDS } from '../support/recycled.js';
import { canChoosePid, describeIf, hasNetworkNamespace, hasPython, hasStrace } from '../support/requires.js';
import { BEFORE_OPENING_HANDLE, onReading, onSignal, type SwapPoint } from '../support/swaps.js';

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
