import type { Policy } from '../model/verdict.js';
import type { Invariant } from './invariant.js';

/** What a policy file says, whether or not it keeps its invariants: to be analysed, never to be acted on. */
export interface CompiledPolicy {
  readonly policy: Policy;
  readonly invariants: readonly Invariant[];
}
