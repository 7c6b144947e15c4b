import { expect, test } from '@jest/globals';
import type { DecidingVector } from '../../../src/model/policy-facts.js';
import { possibleStates } from '../../../src/policy/vocabulary.js';
import { CLEANUP_CLASSES, type Policy } from '../../../src/model/verdict.js';
import { changesBetween, type ChangeKind, type Decided } from '../../../src/policy/changes.js';
import { PROVEN } from '../../../src/policy/invariants.js';
import { statesIn } from '../../../src/policy/regions.js';
import { seededRandom } from '../../builders/policy.js';
import { verdictOf } from '../../builders/brute-force.js';
import { edited, randomPolicy } from '../../builders/random-policy.js';

function gives(policy: Policy, state: DecidingVector, told: Decided): boolean {
  const [cleanupClass, reason] = verdictOf(policy, state);
  return CLEANUP_CLASSES[cleanupClass] === told.class && reason === told.reason;
}

function byBruteForce(before: Policy, after: Policy, state: DecidingVector): ChangeKind | null {
  const [wasClass, wasReason] = verdictOf(before, state);
  const [isClass, isReason] = verdictOf(after, state);
  if (isClass > wasClass) return 'loosened';
  if (isClass < wasClass) return 'tightened';
  return isReason === wasReason ? null : 'reason';
}

/** Whether the mandatory invariants allow it, written a second time. */
function mayBeGiven(told: Decided, state: DecidingVector): boolean {
  if (told.rule === null) return false;
  if (told.class === 'never_touch') return true;
  if (told.class === 'safe_auto') return JSON.stringify(state) === JSON.stringify(PROVEN);
  const { port_range: range, responder, spawn_shape: shape, recorded_singleton: recorded } = state;
  const isOfRelease = shape !== 'other' && shape !== 'unfamiliar';
  const isTold = responder === 'sync' ? recorded !== 'yes' && isOfRelease : shape === 'production';
  return range === 'sync' && responder !== 'dashboard' && isTold;
}

test('for 200 pairs of random policies the regions contain exactly the changed states, each with its kind', () => {
  const random = seededRandom(5);
  let changed = 0;
  for (let pair = 0; pair < 200; pair += 1) {
    const before = randomPolicy(random);
    const after = pair % 10 === 0 ? randomPolicy(random) : edited(before, random);
    const told = new Map<DecidingVector, ChangeKind>();
    for (const { kind, region, states, before: was, after: is, breaks } of changesBetween(before, after)) {
      expect(states.length).toBe(statesIn(region).length);
      expect(new Set(states.map((state) => mayBeGiven(is, state)))).toEqual(new Set([breaks === null]));
      const wrong = states.filter((state) => {
        const isTold = told.has(state) && told.get(state) !== kind;
        told.set(state, kind);
        return isTold || !gives(before, state, was) || !gives(after, state, is);
      });
      expect(wrong).toEqual([]);
    }
    for (const state of possibleStates()) {
      if (told.get(state) !== (byBruteForce(before, after, state) ?? undefined)) {
        throw new Error(`pair ${pair} differs at ${JSON.stringify(state)}`);
      }
    }
    changed += told.size;
  }
  expect(changed).toBeGreaterThan(10_000);
});
