import type { DecidingVector, FactVector } from '../model/policy-facts.js';

/** Facts that are only shown decide nothing: where none was observed, any values will do. */
export const SHOWN_FACTS: Omit<FactVector, keyof DecidingVector> = {
  package_version: 'unknown',
  executable: 'unknown',
  owner_record: 'absent',
  work: 'unknown',
  root_exists: 'unknown',
};
