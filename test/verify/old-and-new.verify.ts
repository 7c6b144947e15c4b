import { expect, test } from '@jest/globals';
import { describeIf, hasNetworkNamespace, hasPython, hasStrace, isRoot } from '../support/requires.js';
import { candidate, reference } from './builds.js';
import { describe as described } from './compare.js';
import { type Scenario, verifyAll } from './play.js';
import { publicModule } from './public-module.js';
import { DASHBOARDS } from './scenarios/dashboards.js';
import { MATRIX } from './scenarios/matrix.js';
import { QUEUES } from './scenarios/queue.js';
import { RESETS } from './scenarios/resets.js';
import { STARTS } from './scenarios/starts.js';
import { WORDS } from './scenarios/words.js';

/** The longest first. */
const ALL: readonly Scenario[] = [...WORDS, ...RESETS, ...STARTS, ...DASHBOARDS, ...QUEUES, ...MATRIX];
/** For work on this suite: only scenarios whose names contain it. */
const ONLY = process.env['SPEC_KITTY_VERIFY_ONLY'] ?? '';
const LONGEST_MS = 60 * 60_000;

/** Each scenario is played by the reference and by this build. Reports, exit codes, acts and files are compared. */
describeIf(
  [hasNetworkNamespace, hasPython, hasStrace, isRoot],
  'the build before the redesign and this one',
  () => {
    test('export the same, and `inspect` is new', () => {
      expect(publicModule(candidate())).toEqual({ ...publicModule(reference()), inspect: 'function' });
    });

    test(
      'report and do the same, except for texts for people',
      async () => {
        const scenarios = ALL.filter(({ name }) => name.includes(ONLY));
        const builds = { reference: reference(), candidate: candidate() };
        const verified = await verifyAll(scenarios, builds);
        const found = verified.flatMap(({ differences }) => differences);
        expect(found.map(described).join('\n')).toBe('');
      },
      LONGEST_MS,
    );
  },
);
