import type { Suspension } from '../model/activity.js';
import type { JudgedCandidate } from '../model/candidate.js';
import type { Facts, RootEvidence } from '../model/evidence.js';
import type { ClearedStateFile, FenceReading, Ledger, Plan } from '../model/outcome.js';
import type { NearestChange } from '../model/verdict.js';

/** What the printed commands are called with: `spec-kitty`, or `npx spec-kitty` when that is how it was run. */
export type Invocation = string;

/** What is there where somebody listens, or more than a look was asked for. */
export type ReportDetails = Pick<ReportInput, 'plan' | 'explain' | 'fence' | 'suspended'>;

/** Everything that a report is made from. */
export interface ReportInput {
  readonly examination: {
    readonly facts: Facts;
    readonly policy: { readonly source: string; readonly sha256: string };
    readonly candidates: readonly JudgedCandidate[];
  };
  /** With `--dry-run`. */
  readonly plan: Plan | null;
  /** With `--reset`. */
  readonly reset: {
    readonly ledger: Ledger;
    readonly cleared: ClearedStateFile;
    /** Our root, as it was after. */
    readonly root: RootEvidence;
  } | null;
  /** With `--explain`: which candidates are explained, and what would change the verdict of each. */
  readonly explain: {
    readonly selects: (candidate: JudgedCandidate) => boolean;
    readonly nearest: (candidate: JudgedCandidate) => readonly NearestChange[];
  } | null;
  readonly fence: FenceReading | null;
  /** The daemons that may be live and are silent because they are stopped, traced or frozen. */
  readonly suspended: ReadonlyMap<JudgedCandidate, Suspension>;
  readonly invocation: Invocation;
  /** Where the facts were saved, if they were not read just now. */
  readonly savedFacts: string | null;
  /** Path of another `spec-kitty` that comes first on the PATH, or null. */
  readonly otherSpecKitty: string | null;
  readonly generatedAt: Date;
}
