import type { Fact, FactValue } from '../model/policy-facts.js';

/** The value of a policy fact, and in plain words what was seen that gives it this value. */
export interface Seen<F extends Fact> {
  readonly value: FactValue<F>;
  readonly because: string;
}
