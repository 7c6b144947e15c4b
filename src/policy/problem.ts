import type { Place } from '../model/verdict.js';

/** What is wrong with a policy file, where, and what to do about it. */
export interface PolicyProblem extends Place {
  readonly file: string;
  readonly message: string;
  readonly hint: string | null;
}

/** Where trouble with the file as a whole is reported. */
export const TOP: Place = { line: 1, column: 1 };
