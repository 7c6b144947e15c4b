import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { Engine, type EngineResult } from 'json-rules-engine';
import { evaluate } from '../../src/policy/evaluate.js';
import { PROVEN } from '../../src/policy/invariants.js';
import { shippedPolicy, withDisplayFacts } from '../builders/policy.js';

/** Replaces the result of json-rules-engine by a wrong one. The verdict must then be `never_touch`. */
const policy = shippedPolicy();
const orphan = withDisplayFacts(PROVEN);
const crossRoot = withDisplayFacts({ ...PROVEN, root_marker: 'other' });

function lie(change: (result: EngineResult) => EngineResult): void {
  // eslint-disable-next-line @typescript-eslint/unbound-method -- it is called with its engine below
  const { run } = Engine.prototype;
  jest.spyOn(Engine.prototype, 'run').mockImplementation(async function (this: Engine, facts, options) {
    return change(await run.call(this, facts, options));
  });
}

afterEach(() => {
  jest.restoreAllMocks();
});

test('without a wrong result the orphan is safe_auto, and the daemon of another root is not', async () => {
  lie((result) => result);
  expect(await evaluate(policy, orphan)).toMatchObject({ cleanupClass: 'safe_auto', rule: 'proven-orphan' });
  expect(await evaluate(policy, crossRoot)).toMatchObject({ reason: 'cross_root' });
});

describe('never_touch, when the engine (pitfall 40)', () => {
  test.each<readonly [string, string, (result: EngineResult) => EngineResult]>([
    [
      'reports a rule as held that did not hold',
      'evaluators_disagree',
      ({ results, failureResults, ...rest }) => ({
        ...rest,
        results: [...results, ...failureResults.filter(({ name }) => name === 'proven-orphan')],
        failureResults: failureResults.filter(({ name }) => name !== 'proven-orphan'),
      }),
    ],
    [
      'reports one rule in both lists, and leaves another out',
      'evaluators_disagree',
      ({ results, failureResults, ...rest }) => ({
        ...rest,
        results,
        failureResults: [...results.map(failed), ...failureResults.slice(1)],
      }),
    ],
    [
      'reports one rule in both lists, instead of the one that held',
      'evaluators_disagree',
      ({ failureResults, ...rest }) => ({
        ...rest,
        results: failureResults.filter(({ name }) => name === 'proven-orphan'),
        failureResults,
      }),
    ],
    [
      'leaves a rule out',
      'evaluation_failed',
      (result) => ({ ...result, failureResults: result.failureResults.slice(1) }),
    ],
    [
      'reports an unknown rule',
      'evaluation_failed',
      (result) => ({
        ...result,
        failureResults: result.failureResults.map((one) => ({ ...one, name: 'x' })),
      }),
    ],
    [
      'reports another value of a fact than it was given',
      'evaluators_disagree',
      (result) => {
        const [first] = result.failureResults;
        if (first && 'all' in first.conditions)
          Object.assign(first.conditions.all[0] ?? {}, { factResult: 'inside' });
        return result;
      },
    ],
    [
      'does not report which condition failed',
      'evaluation_failed',
      (result) => {
        const [first] = result.failureResults;
        if (first && 'all' in first.conditions)
          Object.assign(first.conditions.all[0] ?? {}, { result: undefined });
        return result;
      },
    ],
  ])('%s', async (_name, reason, change) => {
    lie(change);
    expect(await evaluate(policy, crossRoot)).toEqual({
      cleanupClass: 'never_touch',
      reason,
      rule: null,
      trace: [],
    });
  });

  test('rejects', async () => {
    jest.spyOn(Engine.prototype, 'run').mockRejectedValue(new Error('planted'));
    expect(await evaluate(policy, orphan)).toMatchObject({
      cleanupClass: 'never_touch',
      reason: 'evaluation_failed',
    });
  });
});

/** The same result as one that did not hold, with a failed condition. */
function failed(result: EngineResult['results'][number]): EngineResult['results'][number] {
  if ('all' in result.conditions) Object.assign(result.conditions.all[0] ?? {}, { result: false });
  return result;
}
