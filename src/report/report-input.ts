import type { IdentifiedCandidate, JudgedCandidate } from '../model/candidate.js';
import type { Suspension } from '../model/evidence.js';
import type { ClearedStateFile, FailureCauses, Outcome, ResetResult, Plan } from '../model/outcome.js';
import type { Scan } from '../model/scan.js';
import type { NearestChange } from '../model/verdict.js';

/** What printed commands are made from. */
export interface PrintedCommands {
  /** What a command of this program starts with, such as `spec-kitty`. */
  readonly invocation: string;
  /** Returns a user as sudo(8) takes it. */
  readonly accountName: (uid: number) => string;
}

/** The parts of the input that are read only if there are listeners, or with `--reset` or `--dry-run`. */
export type ReportDetails = Pick<ReportInput, 'plan' | 'explain' | 'handleSupport' | 'suspended'>;

/** Everything that a report is made from. */
export interface ReportInput extends FailureCauses, PrintedCommands {
  readonly judged: {
    readonly scan: Scan;
    readonly policy: { readonly source: string; readonly sha256: string };
    readonly candidates: readonly JudgedCandidate[];
  };
  /** What a reset would do, with `--dry-run`; else null. */
  readonly plan: Plan | null;
  /** What the reset did, with `--reset`; else null. */
  readonly reset: {
    readonly result: ResetResult;
    readonly isInterrupted: boolean;
    readonly cleared: ClearedStateFile;
    /** A scan of our own listeners and root after the reset. */
    readonly after: { readonly scan: Scan; readonly candidates: readonly IdentifiedCandidate[] };
  } | null;
  /** Which candidates are explained, and what would change their verdicts, with `--explain`; else null. */
  readonly explain: {
    readonly selects: (candidate: JudgedCandidate) => boolean;
    readonly nearest: (candidate: JudgedCandidate) => readonly NearestChange[];
  } | null;
  /** Silent daemons that may be live and whose process is suspended, traced or frozen. */
  readonly suspended: ReadonlyMap<JudgedCandidate, Suspension>;
  /** Path of the saved scan, or null if this machine was scanned. */
  readonly savedScan: string | null;
  /** Path of another `spec-kitty` that comes first on the PATH, or null. */
  readonly otherSpecKitty: string | null;
  readonly generatedAt: Date;
}

/** Whether a candidate is a healthy daemon that another root records, so that the daemon is in use there. */
export function isLiveElsewhere({ family, recordedIn, facts }: IdentifiedCandidate): boolean {
  return recordedIn.kind === 'other_root' && facts.responder === family;
}

/**
 * Returns all candidates, or after a reset those whose process was not swept. A swept process is gone from each port
 * that it listened on.
 */
export function remaining({ judged, reset }: ReportInput): readonly JudgedCandidate[] {
  const { candidates } = judged;
  if (!reset) return candidates;
  const swept = reset.result
    .filter(({ outcome }) => outcome.bucket === 'swept')
    .map(({ candidate }) => candidate.identity.pid);
  return candidates.filter(({ identity }) => !swept.includes(identity.pid));
}

/** Returns the outcome of the reset for a candidate; null if there was no reset. */
export function outcomeOf(candidate: JudgedCandidate, { reset }: ReportInput): Outcome | null {
  return reset?.result.find((entry) => entry.candidate === candidate)?.outcome ?? null;
}

/** Returns the last scan: the judged one, or the one after the reset. */
export function scanNow({ judged, reset }: ReportInput): Scan {
  return reset?.after.scan ?? judged.scan;
}

/** Counts the processes that own these sockets; each socket of an unknown process counts as one process. */
export function countProcesses(candidates: readonly JudgedCandidate[]): number {
  return new Set(candidates.map((candidate) => candidate.identity.pid ?? candidate)).size;
}
