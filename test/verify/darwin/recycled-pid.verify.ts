import { expect, test } from '@jest/globals';
import { hasLibSystem, pretendDarwin } from '../../support/libsystem.js';
import { fatesIn, resetWithSwaps, ROUNDS } from '../../support/recycled.js';
import {
  canChoosePid,
  describeIf,
  hasNetworkNamespace,
  hasPython,
  hasStrace,
} from '../../support/requires.js';
import { BEFORE_OPENING_HANDLE, onSignal, type SwapPoint } from '../../support/swaps.js';

pretendDarwin();

/**
 * As test/live/recycled-pid.test.ts: the judged daemon exits, and a third-party process gets its PID, while one system
 * call of the stand-in of libSystem is delayed. On macOS the kernel compares the version while it has the process.
 */
describeIf(
  [hasNetworkNamespace, hasPython, hasStrace, canChoosePid, hasLibSystem],
  'a recycled PID on macOS',
  () => {
    const placements: readonly (readonly [string, SwapPoint])[] = [
      ['before the version in its token is compared', BEFORE_OPENING_HANDLE],
      ['between that and SIGTERM', onSignal('SIGTERM')],
      ['between that and SIGKILL', onSignal('SIGKILL')],
    ];
    test.each(placements)(
      'gets no signal when it is recycled %s (pitfall 6)',
      async (_name, placement) => {
        const { report, swaps } = await resetWithSwaps(placement, false);
        expect(report.scope.fence?.kind).toBe('audit_token');
        expect(fatesIn(swaps)).toEqual({ swaps: ROUNDS, placedWell: true, endedBy: [null] });
        expect(swaps.every(({ ended_by: endedBy }) => endedBy === null)).toBe(true);
      },
      80_000,
    );

    test('gets no signal before macOS 14.2: none is sent', async () => {
      const { report, swaps, signals } = await resetWithSwaps(onSignal('SIGTERM'), true);
      expect({ swaps, signals }).toEqual({ swaps: [], signals: [] });
      expect(report.failed?.map(({ failure_reason: reason }) => reason)).toEqual(
        Array(ROUNDS).fill('cannot_hold'),
      );
    }, 80_000);
  },
);
