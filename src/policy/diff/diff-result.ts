import type { PolicyFinding, PolicyResult } from '../finding.js';
import type { Decided } from './changes.js';

export const FAIL_ON = ['loosened', 'changed', 'none'] as const;
/** What makes a diff find something: what is loosened and not acknowledged, any change, or nothing. */
export type FailOn = (typeof FAIL_ON)[number];

/** One change of what a policy means. */
export interface DiffFinding extends PolicyFinding {
  /**
   * By which it is acknowledged: the SHA-256 of what changes, wherever in the files it stands. Null for what cannot be.
   * @pattern ^sha256:[0-9a-f]{64}$
   */
  readonly change: string | null;
  /** Why it may be looser, where somebody answers for it. */
  readonly acknowledged: string | null;
  readonly before: Decided | null;
  readonly after: Decided | null;
}

export interface DiffResult extends PolicyResult {
  readonly command: 'diff';
  readonly against: { readonly file: string; readonly sha256: string };
  readonly findings: readonly DiffFinding[];
}
