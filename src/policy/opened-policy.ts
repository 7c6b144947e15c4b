import type { PolicyHandle } from '../model/verdict.js';
import type { PolicyProblem } from './problem.js';

export type OpenedPolicy =
  | { readonly ok: true; readonly policy: PolicyHandle }
  | { readonly ok: false; readonly problems: readonly PolicyProblem[] };
