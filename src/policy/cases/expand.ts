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

  const vectors = lists.reduce<readonly DecidingVector[]>(
    (partial, [fact, values]) =>
      partial.flatMap((vector) => values.map((value) => ({ ...vector, [fact]: value }))),
    [base],
  );
  const states = [...new Set(vectors.flatMap((vector) => stateOf(vector) ?? []))];
  const [first] = vectors;
  if (states.length === 0) return { ok: false, at: [], message: `no candidate can be so: ${why(first)}` };
  for (const [fact, values] of lists) {
    const index = values.findIndex((value) => !states.some((state) => state[fact] === value));
    if (index === -1) continue;
    const vector = vectors.find((candidate) => candidate[fact] === values[index]);
    const message = `no candidate can be so with \`${fact}: ${String(values[index])}\`: ${why(vector)}`;
    return { ok: false, at: typeof when[fact] === 'string' ? [fact] : [fact, index], message };
  }
  return { ok: true, states };
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

function why(vector: DecidingVector | undefined): string {
  return (vector && whyImpossible(vector)) ?? 'it has no state';
}
