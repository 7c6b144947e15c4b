import { identify } from './identity/identify.js';
import type { ScanScope } from './machine/collector.js';
import type { Observer } from './machine/machine.js';
import type { IdentifiedCandidate, JudgedCandidate } from './model/candidate.js';
import type { Family } from './model/family.js';
import { ok, type Result } from './model/result.js';
import { type CollectorName, type RootEvidence, type Scan } from './model/scan.js';
import type { NearestChange, Policy, PolicyHandle, Verdict } from './model/verdict.js';
import { evaluate } from './policy/evaluate.js';
import { nearestChanges } from './policy/explain.js';
import { type JournalContent, readJournal } from './scan/recent-acts.js';
import { readRoot } from './scan/root-files.js';
import { readSavedScan } from './scan/saved-scan.js';
import { scanListeners } from './scan/scan.js';

export { toSavedScan } from './scan/saved-form.js';
export { savedScanText } from './scan/saved-scan.js';

/*
 * The read-only half of the product:
 *
 *     scan -> identity -> verdict                     examine.ts
 *     plan -> handles -> revalidate, guard, act       enforce.ts, called by reset.ts and daemon/ensure.ts
 *     report                                          report/
 *
 * A scan reads and does not judge. Identity and verdict are pure functions of the scan. Only enforce.ts retires
 * processes, and it reads each target again immediately before each step.
 */

/** A scan with exactly one verdict per listener (FR-002). */
export interface JudgedScan {
  readonly scan: Scan;
  readonly policy: PolicyHandle;
  readonly candidates: readonly JudgedCandidate[];
}

/** Scans every listener on the sync ports, without a verdict. */
export function scanAllListeners(
  observer: Observer,
  rootPath: string,
  collector: CollectorName,
): Promise<Scan> {
  return scanListeners(observer, 'sync', rootPath, collector, 'all');
}

/**
 * Finds every listener on the sync ports, identifies it and gives it exactly one verdict. Read-only.
 * @param scope with `ours`, for startup, a listener that cannot be a daemon of this user is listed, but its process is
 *   not resolved and no request is sent to it
 */
export async function examine(
  observer: Observer,
  rootPath: string,
  policy: PolicyHandle,
  collector: CollectorName,
  scope: ScanScope['of'] = 'all',
): Promise<JudgedScan> {
  return judge(await scanListeners(observer, 'sync', rootPath, collector, scope), policy);
}

/** Gives each listener exactly one verdict. Without a listener the policy is not compiled. */
export async function judge(scan: Scan, policy: PolicyHandle): Promise<JudgedScan> {
  if (!scan.listeners.ok || scan.listeners.value.length === 0) return { scan, policy, candidates: [] };
  return { scan, policy, candidates: await judgeEach(scan, await policy.compiled()) };
}

/** Gives each candidate its verdict. Many orphans have equal facts, so each distinct set of facts is evaluated once. */
async function judgeEach(scan: Scan, policy: Policy): Promise<readonly JudgedCandidate[]> {
  const verdicts = new Map<string, Verdict>();
  const judged: JudgedCandidate[] = [];
  for (const candidate of identify(scan)) {
    const vector = JSON.stringify(candidate.facts);
    let verdict = verdicts.get(vector);
    if (!verdict) {
      verdict = await evaluate(policy, candidate.facts);
      verdicts.set(vector, verdict);
    }
    judged.push({ ...candidate, verdict });
  }
  return judged;
}

/** A scan with identities and without verdicts. */
export interface IdentifiedScan {
  readonly scan: Scan;
  readonly candidates: readonly IdentifiedCandidate[];
}

/**
 * Scans the ports of a family for daemons of this user: for a start, `sync status` and a daemon that checks its record.
 */
export async function scanOwnListeners(
  observer: Observer,
  family: Family,
  rootPath: string,
): Promise<IdentifiedScan> {
  const scan = await scanListeners(observer, family, rootPath, observer.platform.exactCollector, 'ours');
  if (!scan.listeners.ok || scan.listeners.value.length === 0) return { scan, candidates: [] };
  return { scan, candidates: identify(scan) };
}

/** Reads the acts on daemons of a root from its journal, newest first. */
export function journalOf(observer: Observer, family: Family, root: string): JournalContent {
  return readJournal(family, root, observer.files.ours);
}

/** Reads what the files of a root say of its daemons. */
export function readRootNow(observer: Observer, family: Family, path: string): RootEvidence {
  return readRoot(observer, family, path, observer.files.ours, '');
}

/**
 * Judges a scan that was saved, here or on another machine. The verdicts are those that the scanned machine would give.
 */
export async function examineSaved(
  observer: Observer,
  path: string,
  policy: PolicyHandle,
): Promise<Result<JudgedScan>> {
  const saved = readSavedScan(observer, path);
  return saved.ok ? ok(await judge(saved.value, policy)) : saved;
}

/** Returns a function that finds the fewest changes of facts that lead a candidate to another class (`--explain`). */
export async function nearestChangesIn({
  policy,
}: JudgedScan): Promise<(candidate: JudgedCandidate) => readonly NearestChange[]> {
  const compiled = await policy.compiled();
  return (candidate) => nearestChanges(compiled, candidate.facts);
}
