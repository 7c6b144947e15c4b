import type { PolicyResult } from '../finding.js';
import type { Counted } from './coverage.js';

export interface TestResult extends PolicyResult {
  readonly command: 'test';
  readonly tested: { readonly file: string; readonly cases: number; readonly states: number };
  /** Null where it was not looked for: without a case, or with too many mutants. */
  readonly coverage: {
    readonly rules: Counted;
    /** Each condition counts twice: where its rule decides, and where it alone keeps the rule from it. */
    readonly conditions: Counted;
    /** Of the mistakes that change any verdict, those that a case notices. */
    readonly mutants: Counted;
    /** Mistakes that change no verdict in any state. */
    readonly equivalent_mutants: number;
  } | null;
}
