import type { IdentifiedCandidate, JudgedCandidate } from '../model/candidate.js';
import type { Suspension } from '../model/evidence.js';
import type { ClearedStateFile, Outcome, HandleSupport, ResetResult, Plan } from '../model/outcome.js';
import type { Scan, RootEvidence } from '../model/scan.js';
import type { NearestChange } from '../model/verdict.js';

/** What printed commands start with: `spec-kitty`, or `npx spec-kitty` where that is how this program is run. */
export type Invocation = string;

/** What a report needs beyond the judged scan where there are listeners, or where more than a scan was asked for. */
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
    /** Our root, as read after the reset. */
    readonly root: RootEvidence;
  } | null;
  /** With `--explain`: which candidates are explained, and what would change their verdicts. */
  readonly explain: {
    readonly selects: (candidate: JudgedCandidate) => boolean;
    readonly nearest: (candidate: JudgedCandidate) => readonly NearestChange[];
  } | null;
  readonly handleSupport: HandleSupport | null;
  /** Silent daemons that may be live, and that are stopped, traced or frozen. */
  readonly suspended: ReadonlyMap<JudgedCandidate, Suspension>;
  readonly invocation: Invocation;
  /** Path of the saved scan, or null where this machine was scanned. */
  readonly savedScan: string | null;
  /** Path of another `spec-kitty` that comes first on the PATH, or null. */
  readonly otherSpecKitty: string | null;
  readonly generatedAt: Date;
}

/** A healthy daemon that another root records: it is in use there. */
export function isLiveElsewhere({ family, recordedIn, facts }: IdentifiedCandidate): boolean {
  return recordedIn.kind === 'other_root' && facts.responder === family;
}

/**
 * All candidates, or after a reset those whose process was not swept. A swept process is gone from each port that it
 * listened on.
 */
export function remaining({ judged, reset }: ReportInput): readonly JudgedCandidate[] {
  const { candidates } = judged;
  if (!reset) return candidates;
  const swept = reset.result
    .filter(({ outcome }) => outcome.bucket === 'swept')
    .map(({ candidate }) => candidate.identity.pid);
  return candidates.filter(({ identity }) => !swept.includes(identity.pid));
}

/** The outcome of a reset for a candidate; null without a reset. */
export function outcomeOf(candidate: JudgedCandidate, { reset }: ReportInput): Outcome | null {
  return reset?.result.find((entry) => entry.candidate === candidate)?.outcome ?? null;
}

/** Our root; after a reset, as read then. */
export function rootNow({ judged, reset }: ReportInput): RootEvidence {
  return reset?.root ?? judged.scan.root;
}

/** How many processes these sockets belong to; each socket of an unknown process counts as one. */
export function countProcesses(candidates: readonly JudgedCandidate[]): number {
  return new Set(candidates.map((candidate) => candidate.identity.pid ?? candidate)).size;
}
