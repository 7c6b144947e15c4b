import { expect, test } from '@jest/globals';
import { canChoosePid, describeIf, hasNetworkNamespace, hasPython, isRoot } from '../support/requires.js';
import { tortureRound } from './round.js';
import { buildWithoutGuard } from './weakened.js';

/**
 * Whether a listener was ended or asked to exit wrongly. A failing command alone would not show that the test can see.
 */
function isWrong(violation: string): boolean {
  return / was (?:ended|asked to leave)/.test(violation);
}

describeIf([hasNetworkNamespace, hasPython, canChoosePid, isRoot], 'the torture test', () => {
  test('finds no violation in eight rounds with fixed seeds (NFR-003)', async () => {
    let swept = 0;
    for (let seed = 1; seed <= 8; seed += 2) {
      for (const round of await Promise.all([tortureRound(seed), tortureRound(seed + 1)])) {
        expect(round.violations).toEqual([]);
        swept += round.swept;
      }
    }
    // Rounds in which the program leaves everything alone would show nothing.
    expect(swept).toBeGreaterThan(8);
  }, 240_000);

  test('finds a wrongful kill within 50 rounds in a build without the guard', async () => {
    const { bin, remove } = await buildWithoutGuard();
    try {
      let seed = 1;
      while (seed <= 50 && !(await tortureRound(seed, { bin })).violations.some(isWrong)) seed++;
      expect(seed).toBeLessThanOrEqual(50);
    } finally {
      remove();
    }
  }, 240_000);
});
