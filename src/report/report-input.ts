import type { IdentifiedCandidate, JudgedCandidate } from '../model/candidate.js';
import type { Suspension } from '../model/evidence.js';
import type { ClearedStateFile, Outcome, HandleSupport, ResetResult, Plan } from '../model/outcome.js';
import type { Scan, RootEvidence } from '../model/scan.js';
import type { NearestChange } from '../model/verdict.js';

/** What the printed commands are called with: `spec-kitty`, or `npx spec-kitty` when that is how it was run. */
export type Invocation = string;

/** What is there where somebody listens, or more than a look was asked for. */
export type ReportDetails = Pick<ReportInput, 'plan' | 'explain' | 'handleSupport' | 'suspended'>;

/** Everything that a report is made from. */
export interface ReportInput {
  readonly judged: {
    readonly scan: Scan;
    readonly policy: { readonly source: string; readonly sha256: string };
    readonly candidates: readonly JudgedCandidate[];
  };
  /** With `--dry-run`. */
  readonly plan: Plan | null;
  /** With `--reset`. */
  readonly reset: {
    readonly result: ResetResult;
    readonly cleared: ClearedStateFile;
    /** Our root, as it was after. */
    readonly root: RootEvidence;
  } | null;
  /** With `--explain`: which candidates are explained, and what would change the verdict of each. */
  readonly explain: {
    readonly selects: (candidate: JudgedCandidate) => boolean;
    readonly nearest: (candidate: JudgedCandidate) => readonly NearestChange[];
  } | null;
  readonly handleSupport: HandleSupport | null;
  /** The daemons that may be live and are silent because they are stopped, traced or frozen. */
  readonly suspended: ReadonlyMap<JudgedCandidate, Suspension>;
  readonly invocation: Invocation;
  /** Where the facts were saved, if they were not read just now. */
  readonly savedScan: string | null;
  /** Path of another `spec-kitty` that comes first on the PATH, or null. */
  readonly otherSpecKitty: string | null;
  readonly generatedAt: Date;
}

/** A healthy daemon that its own root records is in use, whatever our root thinks of it. */
export function isLiveElsewhere({ family, recordedIn, facts }: IdentifiedCandidate): boolean {
  return recordedIn.kind === 'other_root' && facts.responder === family;
}

/**
 * The candidates that are still there: all, or after a reset those whose process was not swept. A process may have
 * listened on several ports, and be gone from each.
 */
export function remaining({ judged, reset }: ReportInput): readonly JudgedCandidate[] {
  const { candidates } = judged;
  if (!reset) return candidates;
  const swept = reset.result
    .filter(({ outcome }) => outcome.bucket === 'swept')
    .map(({ candidate }) => candidate.identity.pid);
  return candidates.filter(({ identity }) => !swept.includes(identity.pid));
}

/** What became of a candidate, if anything was to. */
export function outcomeOf(candidate: JudgedCandidate, { reset }: ReportInput): Outcome | null {
  return reset?.result.find((entry) => entry.candidate === candidate)?.outcome ?? null;
}

/** Our root, after a reset as that left it. */
export function rootNow({ judged, reset }: ReportInput): RootEvidence {
  return reset?.root ?? judged.scan.root;
}

/** How many processes there are behind these sockets; one that is not known counts for itself. */
export function countProcesses(candidates: readonly JudgedCandidate[]): number {
  return new Set(candidates.map((candidate) => candidate.identity.pid ?? candidate)).size;
}
