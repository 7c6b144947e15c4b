import { expect, test } from '@jest/globals';
import { canChoosePid, describeIf, hasNetworkNamespace, hasPython, isRoot } from '../support/requires.js';
import { tortureRound } from './round.js';
import { buildWithoutEnvelope } from './weakened.js';

/** Somebody was done wrong; that a command ended badly would show nothing. */
function isWrong(violation: string): boolean {
  return / was (?:ended|asked to leave)/.test(violation);
}

describeIf([hasNetworkNamespace, hasPython, canChoosePid, isRoot], 'the torture rig', () => {
  test('finds nothing in some rounds of a fixed seed (NFR-003)', async () => {
    for (let seed = 1; seed <= 8; seed++) expect((await tortureRound(seed)).violations).toEqual([]);
  }, 120_000);

  test('can see: without the safety envelope an innocent one dies within 50 rounds', async () => {
    const { bin, remove } = await buildWithoutEnvelope();
    try {
      let seed = 1;
      while (seed <= 50 && !(await tortureRound(seed, { bin })).violations.some(isWrong)) seed++;
      expect(seed).toBeLessThanOrEqual(50);
    } finally {
      remove();
    }
  }, 240_000);
});
