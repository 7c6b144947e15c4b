import type { Interruption } from './enforcement/interruption.js';
import { openJournal } from './enforcement/journal.js';
import type { StartLock } from './enforcement/locks.js';
import { limitedTo, planFor, type TargetSelection } from './enforcement/plan.js';
import type { HealthProbeMode, Revalidation } from './enforcement/retire.js';
import { excludeStartingDaemons } from './enforcement/starting-elsewhere.js';
import { type OnProgress, openTargets, sweep } from './enforcement/sweep.js';
import { during, revalidationWait } from './enforcement/waits.js';
import type { JudgedScan } from './examine.js';
import { identifyListener } from './identity/identify.js';
import type { Machine, Observer } from './machine/machine.js';
import type { JudgedCandidate } from './model/candidate.js';
import type { Family } from './model/family.js';
import type { Plan, ResetResult } from './model/outcome.js';
import type { Scan } from './model/scan.js';
import { isCertified } from './policy/certificate.js';
import { HEALTH_DEADLINE_MS } from './scan/health.js';
import { RETRY_LIMIT_MS, revalidateListener } from './scan/revalidate.js';

/** The daemons of one root and family, and how they are scanned and judged. */
export interface CleanupScope {
  readonly family: Family;
  readonly root: string;
  readonly examine: () => Promise<JudgedScan>;
}

/** Finds candidates that the user named in a scan, or says why nothing may be done for these names. */
export type FindNamed = (candidates: readonly JudgedCandidate[]) => NamedCandidates;

export type NamedCandidates =
  | { readonly ok: true; readonly named: readonly JudgedCandidate[] }
  | { readonly ok: false; readonly message: string; readonly remedy: string };

/** Which daemons of a scope to retire, and for which command. */
export interface CleanupRequest {
  readonly selection: TargetSelection;
  /**
   * Finds the candidates that the user named, to which the selection is then limited, or says why they cannot be acted
   * on. Absent if the user named none.
   */
  readonly findNamed?: FindNamed;
  /** The words of the command, for the journal. */
  readonly askedBy: string;
  readonly onProgress: OnProgress;
  /** Absent if the cleanup cannot be interrupted. */
  readonly interruption?: Interruption;
}

/**
 * Runs the one enforcement sequence, for `--reset`, `stop` and the start of a daemon, of either family:
 *
 *     plan            enforcement/plan.ts: the selection of the command, then the guard (enforcement/guard.ts)
 *     starting        enforcement/starting-elsewhere.ts: spares a daemon that another root may be starting
 *     handles         enforcement/sweep.ts: opens a pidfd for each target; the start lock is released afterwards
 *     journal         enforcement/journal.ts: without a written intent no request or signal is sent
 *     each step       enforcement/retire.ts: revalidates, runs the guard again, then sends a request or signal
 *
 * Each stage can only spare a target. For sync daemons the policy must also have a valid certificate, even for a stop,
 * because its verdicts are part of the journal and the report.
 *
 * The caller has held the start lock since before the scan, and holds the sweep lock. This function releases the start
 * lock; the caller releases the sweep lock. Each handle refers to the judged process even if its PID is reused, so
 * other commands may start daemons before the first signal.
 * @returns null if the start lock expired before all handles were open, because a daemon may have started since the
 *   scan. In this case no request or signal was sent, and the caller must scan again.
 */
export async function retireTargets(
  machine: Machine,
  judged: JudgedScan,
  { selection, askedBy, onProgress, interruption }: CleanupRequest,
  startLock: StartLock,
): Promise<ResetResult | null> {
  const { scan, policy } = judged;
  const plan = await planTargets(machine.observer, judged, selection);
  const targets = await openTargets(machine, plan);
  if (!startLock.isHeld()) {
    for (const { handle } of targets) handle.close();
    return null;
  }
  startLock.release();
  return sweep(machine, plan, targets, {
    context: scan.context,
    revalidate: (candidate, probeMode) =>
      during(
        machine,
        revalidationWait(candidate.identity.port, PROBE_LIMITS[probeMode]),
        revalidate(machine.observer, candidate, scan, probeMode),
      ),
    journal: openJournal(machine, scan.family, scan.root.path, askedBy, policy.sha256),
    onProgress,
    interruption,
  });
}

/**
 * Limits the selection of a request to what the user named. Pure.
 * @returns the request for this scan, or why nothing may be done
 */
export function requestFor<Request extends Pick<CleanupRequest, 'selection' | 'findNamed'>>(
  { scan, candidates }: JudgedScan,
  request: Request,
): { readonly ok: true; readonly request: Request } | Extract<NamedCandidates, { ok: false }> {
  // Without listeners, a scan that failed would make every target look free. The report says that it failed.
  const found = scan.listeners.ok ? request.findNamed?.(candidates) : undefined;
  if (!found) return { ok: true, request };
  if (!found.ok) return found;
  return { ok: true, request: { ...request, selection: limitedTo(request.selection, found.named) } };
}

/** Returns the plan for the candidates of a scan. Pure. */
export function planOf({ candidates, scan }: JudgedScan, selection: TargetSelection): Plan {
  return planFor(selection, candidates, scan.context);
}

/**
 * Returns the plan without the targets that another root may be starting right now.
 * @throws if there are targets and the policy has no valid certificate
 */
async function planTargets(
  observer: Observer,
  judged: JudgedScan,
  selection: TargetSelection,
): Promise<Plan> {
  const plan = planOf(judged, selection);
  if (plan.targets.length === 0) return plan;
  if (!(await mayActOn(judged))) throw new Error(NOT_CERTIFIED.message);
  return excludeStartingDaemons(observer, plan, judged.scan.root);
}

/**
 * Whether targets may be retired under the policy. A sync policy needs a valid certificate; dashboard rules are code
 * and need none.
 */
async function mayActOn({ scan, policy }: JudgedScan): Promise<boolean> {
  return scan.family === 'dashboard' || isCertified(await policy.compiled());
}

/** The failure to report if the policy has no valid certificate. */
export const NOT_CERTIFIED = {
  ok: false,
  message: 'the certificate of the policy is missing, or of another policy: nothing is done under it',
  remedy:
    'install spec-kitty again, or pass your own policy with `--policy`, which is proved when it is loaded',
} as const;

/** How long a candidate is asked again at most, in milliseconds; null if it is not asked. */
const PROBE_LIMITS: Readonly<Record<HealthProbeMode, number | null>> = {
  none: null,
  once: HEALTH_DEADLINE_MS,
  retrying: RETRY_LIMIT_MS,
};

/** Scans and identifies one candidate again, immediately before each step of the escalation. */
async function revalidate(
  observer: Observer,
  judged: JudgedCandidate,
  scan: Scan,
  probeMode: HealthProbeMode,
): Promise<Revalidation> {
  const now = await revalidateListener(observer, judged.evidence, scan, probeMode);
  switch (now.kind) {
    case 'gone':
      return now;
    case 'socket_released':
      return { kind: 'changed', detail: 'it no longer has the judged socket open' };
    case 'unreadable':
      return { kind: 'changed', detail: `it cannot be read again: ${now.why}` };
    case 'present':
      return {
        kind: 'present',
        candidate: identifyListener(now.evidence, now.scan),
        samples: now.samples,
      };
  }
}
