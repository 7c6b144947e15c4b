import type { Counterexample } from './simulate.js';

/** A run in which the product without one guard goes wrong. */
export interface GuardCounterexample extends Counterexample {
  readonly guard: string;
}

/** The runs that `npm run simulate:guards` found. */
export const FILE = 'test/simulation/counterexamples.json';

export function counterexamplesFrom(text: string): readonly GuardCounterexample[] {
  return JSON.parse(text) as readonly GuardCounterexample[];
}
