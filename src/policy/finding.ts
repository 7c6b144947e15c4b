import type { Place } from '../model/verdict.js';
import type { About } from './about.js';

/** What a policy command found, at a place. `check` names its page: `docs/policy/<check>.md`. */
export interface PolicyFinding extends Place {
  readonly check: string;
  readonly level: 'error' | 'warning' | 'note';
  readonly message: string;
  readonly hint: string | null;
  readonly file: string;
  /** Null where it is about the text alone. */
  readonly about: About | null;
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
