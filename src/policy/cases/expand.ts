import { DECIDING_FACT_NAMES, type DecidingFact, type DecidingVector } from '../../model/policy-facts.js';
import { possibleStates, whyImpossible } from '../../model/possible-states.js';
import type { CaseFacts } from './source.js';

export type Expanded =
  | { readonly ok: true; readonly states: readonly DecidingVector[] }
  /** `at` leads from the case's `when` to what is wrong. */
  | { readonly ok: false; readonly at: readonly (string | number)[]; readonly message: string };

/**
 * The possible states that a case speaks of. Combinations that no candidate can have are left out; a value that takes
 * part in no other is an error, because the case would not test what it says.
 */
export function expand(base: DecidingVector, when: CaseFacts): Expanded {
  const lists = Object.entries(when).map(
    ([fact, value]) => [fact as DecidingFact, typeof value === 'string' ? [value] : value] as const,
  );
  const empty = lists.find(([, values]) => values.length === 0);
  if (empty) return { ok: false, at: [empty[0]], message: `\`${empty[0]}\` has no value` };

  const states = statesWith(base, lists);
  const first = Object.fromEntries(lists.map(([fact, [value]]) => [fact, value]));
  const vector: DecidingVector = { ...base, ...first };
  if (states.length === 0) return { ok: false, at: [], message: `no candidate can be so: ${why(vector)}` };
  for (const [fact, values] of lists) {
    const reached = new Set<string>(states.map((state) => state[fact]));
    const index = values.findIndex((value) => !reached.has(value));
    if (index === -1) continue;
    const reason = why({ ...vector, [fact]: values[index] });
    const message = `no candidate can be so with \`${fact}: ${String(values[index])}\`: ${reason}`;
    return { ok: false, at: typeof when[fact] === 'string' ? [fact] : [fact, index], message };
  }
  return { ok: true, states };
}

type Lists = readonly (readonly [DecidingFact, readonly string[]])[];

/**
 * The possible states with these values, and those of `base` for every other fact; in the order of the lists, the last
 * one counting fastest. Looked for among all there are: the product of the lists may be longer than any memory.
 */
function statesWith(base: DecidingVector, lists: Lists): readonly DecidingVector[] {
  const listed = new Map(lists);
  const found = possibleStates().filter((state) =>
    DECIDING_FACT_NAMES.every((fact) => (listed.get(fact) ?? [base[fact]]).includes(state[fact])),
  );
  return found.toSorted((one, other) => {
    const differing = lists.find(([fact]) => one[fact] !== other[fact]);
    if (!differing) return 0;
    const [fact, values] = differing;
    return values.indexOf(one[fact]) - values.indexOf(other[fact]);
  });
}

/** The possible state with these values, as analysis knows it; null where no candidate can be so. */
export function stateOf(vector: DecidingVector): DecidingVector | null {
  known ??= new Map(possibleStates().map((state) => [keyOf(state), state]));
  return known.get(keyOf(vector)) ?? null;
}

let known: ReadonlyMap<string, DecidingVector> | undefined;

function keyOf(vector: DecidingVector): string {
  return DECIDING_FACT_NAMES.map((fact) => vector[fact]).join(' ');
}

function why(vector: DecidingVector): string {
  return whyImpossible(vector) ?? 'it has no state';
}
