import { afterAll, expect, test } from '@jest/globals';
import { describeIf, hasNetworkNamespace, hasPython, hasStrace, isRoot } from '../support/requires.js';
import { candidate, reference } from './builds.js';
import { describe as described, IntendedChanges } from './compare.js';
import { INTENDED } from './intended.js';
import { type Scenario, verifyAll } from './play.js';
import { DASHBOARDS } from './scenarios/dashboards.js';
import { MATRIX } from './scenarios/matrix.js';
import { QUEUES } from './scenarios/queue.js';
import { RESETS } from './scenarios/resets.js';
import { STARTS } from './scenarios/starts.js';
import { WORDS } from './scenarios/words.js';

/** Each scenario is played by the reference and by this build, and everything that can be seen of both is compared. */
const GROUPS: Readonly<Record<string, readonly Scenario[]>> = {
  words: WORDS,
  resets: RESETS,
  starts: STARTS,
  dashboards: DASHBOARDS,
  queues: QUEUES,
  matrix: MATRIX,
};

/** For work on this suite: only scenarios whose names contain it. */
const ONLY = process.env['SPEC_KITTY_VERIFY_ONLY'] ?? '';
const LONGEST_MS = 20 * 60_000;

const intended = new IntendedChanges(INTENDED);
const played = new Set<string>();
const again: string[] = [];

describeIf([hasNetworkNamespace, hasPython, hasStrace, isRoot], 'old and new (issue 17)', () => {
  test.each(Object.keys(GROUPS))(
    'say and do the same: %s',
    async (group) => {
      const scenarios = (GROUPS[group] ?? []).filter(({ name }) => name.includes(ONLY));
      const builds = { reference: reference(), candidate: candidate() };
      const verified = await verifyAll(group, scenarios, builds, intended);
      again.push(...verified.filter(({ attempts }) => attempts > 1).map(({ scenario }) => scenario));
      const found = verified.flatMap(({ differences }) => differences);
      expect(found.map(described).join('\n')).toBe('');
      played.add(group);
    },
    LONGEST_MS,
  );

  test('every intended change is one that was seen', () => {
    // Of a part of the scenarios, or of those that stopped at a difference, nothing follows.
    if (ONLY !== '' || played.size < Object.keys(GROUPS).length) return;
    expect(intended.unused()).toEqual([]);
  });

  afterAll(() => {
    if (again.length > 0) process.stderr.write(`verify: equal only when played again: ${again.join(', ')}\n`);
  });
});
