import type { PolicyFinding } from '../finding.js';
import { describeRegion } from '../regions.js';

/** Which states a finding is about, and how many these are, in one line; none where it is about the text alone. */
export function statesOf({ about }: PolicyFinding): readonly string[] {
  if (about === null) return [];
  return [`${about.states} ${about.states === 1 ? 'state' : 'states'}: ${describeRegion(about.region)}`];
}
