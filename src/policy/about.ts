import type { DecidingVector } from '../model/policy-facts.js';
import { type Region, regionsOf, statesIn, witnessOf } from './regions.js';

/** The states that a finding is about, as a region, with their number and one of them. */
export interface About {
  readonly region: Region;
  readonly states: number;
  readonly witness: DecidingVector;
}

/** These states, a region for each finding that is to show them. */
export function aboutEach(states: readonly DecidingVector[]): readonly About[] {
  return regionsOf(states).map((region) => ({
    region,
    states: statesIn(region).length,
    witness: witnessOf(region),
  }));
}
