import type { DecidingVector } from '../model/policy-facts.js';
import type { Place } from '../model/verdict.js';
import type { Region } from './regions.js';

/** What a policy command found, at a place. `check` names its page: `docs/policy/<check>.md`. */
export interface PolicyFinding extends Place {
  readonly check: string;
  readonly level: 'error' | 'warning' | 'note';
  readonly message: string;
  readonly hint: string | null;
  readonly file: string;
  /** The states it is about, as a region, with their number and one of them. Null where it is about the text alone. */
  readonly about: {
    readonly region: Region;
    readonly states: number;
    readonly witness: DecidingVector;
  } | null;
}

/** What one policy command answers; every format is a view of it. */
export interface PolicyResult {
  readonly command: 'check' | 'prove' | 'diff' | 'test';
  readonly file: string;
  readonly sha256: string | null;
  /** inconclusive: nothing was shown, exit code 3. failed: could not do the job, exit code 2. */
  readonly outcome: 'clean' | 'found' | 'inconclusive' | 'failed';
  /** One line: what was done and what came of it, with numbers. */
  readonly summary: string;
  readonly findings: readonly PolicyFinding[];
}
