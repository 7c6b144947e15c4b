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
import { readRoot } from './scan/root-files.js';
import { readSavedScan } from './scan/saved-scan.js';
import { scanListeners } from './scan/scan.js';

export { savedScanText, toSavedScan } from './scan/saved-scan.js';

/*
 * The whole product, in this folder:
 *
 *     facts -> identity -> verdict -> action -> report
 *
 * Facts are read and never judged; identity and verdict are pure; only action changes anything, and it looks again
 * before it does. The report is made from what these functions return. What every look needs is here; the rest stands
 * apart, and on an empty range is never loaded: who listens is judged by `judge-each`, retired by `reset`.
 */
export interface JudgedScan {
  readonly scan: Scan;
  readonly policy: PolicyHandle;
  readonly candidates: readonly JudgedCandidate[];
}

/** What is there, and not yet what it means. */
export function scanAllListeners(
  observer: Observer,
  rootPath: string,
  collector: CollectorName,
): Promise<Scan> {
  return scanListeners(observer, 'sync', rootPath, collector, 'all');
}

/**
 * Finds every listener on the sync range, says who each one is, and gives each exactly one verdict. Changes nothing.
 * @param scope `ours` is for startup: whoever cannot be ours is listed, and neither resolved further nor asked
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

/** Gives everybody in the facts exactly one verdict. Where nobody is, nothing that judges is loaded. */
export async function judge(scan: Scan, policy: PolicyHandle): Promise<JudgedScan> {
  if (!scan.listeners.ok || scan.listeners.value.length === 0) return { scan, policy, candidates: [] };
  return { scan, policy, candidates: await judgeEach(scan, await policy.compiled()) };
}

/**
 * Identity and verdict of every listener, as one part: it is loaded where somebody listens. The orphans of one incident
 * are much alike, and a verdict follows from the scan alone: each vector is evaluated once. A program that we run in
 * gets its turn before each.
 */
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

/** Who listens on the range, without a verdict: for a daemon that looks whether it is still wanted. */
export interface IdentifiedScan {
  readonly scan: Scan;
  readonly candidates: readonly IdentifiedCandidate[];
}

export async function scanOwnListeners(
  observer: Observer,
  family: Family,
  rootPath: string,
): Promise<IdentifiedScan> {
  const scan = await scanListeners(observer, family, rootPath, 'procfs', 'ours');
  if (!scan.listeners.ok || scan.listeners.value.length === 0) return { scan, candidates: [] };
  return { scan, candidates: identify(scan) };
}

/** What a root says of its daemons, now. */
export function readRootNow(observer: Observer, family: Family, path: string): RootEvidence {
  return readRoot(observer, family, path, observer.files.ours, '');
}

/** Judges facts that were saved, here or on another machine: byte for byte the same verdicts. */
export async function examineSaved(
  observer: Observer,
  path: string,
  policy: PolicyHandle,
): Promise<Result<JudgedScan>> {
  const saved = readSavedScan(observer, path);
  return saved.ok ? ok(await judge(saved.value, policy)) : saved;
}

/** Says what would change the verdict of a candidate. */
export type Nearest = (candidate: JudgedCandidate) => readonly NearestChange[];

export async function nearestBy({ policy }: JudgedScan): Promise<Nearest> {
  const compiled = await policy.compiled();
  return (candidate) => nearestChanges(compiled, candidate.facts);
}
