import { openJournal } from './enforcement/journal.js';
import type { StartLock } from './enforcement/locks.js';
import { planFor, type TargetSelection } from './enforcement/plan.js';
import type { HealthProbeMode, Revalidation } from './enforcement/retire.js';
import { excludeStartingDaemons } from './enforcement/starting-elsewhere.js';
import { type OnProgress, openTargets, sweep } from './enforcement/sweep.js';
import type { JudgedScan } from './examine.js';
import { identifyListener } from './identity/identify.js';
import type { Machine, Observer } from './machine/machine.js';
import type { JudgedCandidate } from './model/candidate.js';
import type { Family } from './model/family.js';
import type { Plan, ResetResult } from './model/outcome.js';
import type { Scan } from './model/scan.js';
import { isCertified } from './policy/certificate.js';
import { revalidateListener } from './scan/revalidate.js';

/** The daemons of one root and family, and how they are scanned and judged. */
export interface CleanupScope {
  readonly family: Family;
  readonly root: string;
  readonly examine: () => Promise<JudgedScan>;
}

/** Which of them to retire, and for which command. */
export interface CleanupRequest {
  readonly selection: TargetSelection;
  /** The words of the command, for the journal. */
  readonly askedBy: string;
  readonly onProgress: OnProgress;
}

/**
 * The one enforcement sequence, for `--reset`, `stop` and the start of a daemon, of either family:
 *
 *     plan -> open a handle on each target -> release the start lock -> journal, revalidate, guard and act on each
 *
 * The caller scanned while it held the start lock and holds the sweep lock, which it releases afterwards. The handles
 * pin the processes that were judged, so daemons may be started again before the first signal is sent.
 * @returns null where the start lock expired before every handle was open: a daemon may have been started since the
 *   scan. Nothing was done, and the caller scans again.
 */
export async function retireTargets(
  machine: Machine,
  judged: JudgedScan,
  { selection, askedBy, onProgress }: CleanupRequest,
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
    revalidate: (candidate, probeMode) => revalidate(machine.observer, candidate, scan, probeMode),
    journal: openJournal(machine, scan.family, scan.root.path, askedBy, policy.sha256),
    onProgress,
  });
}

/** What would be done about each candidate. Pure. */
export function planOf({ candidates, scan }: JudgedScan, selection: TargetSelection): Plan {
  return planFor(selection, candidates, scan.context);
}

/** The plan without the daemons that another root is starting right now. */
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

/** Dashboards are judged by code. A policy file may lead to an act only after it was proved. */
async function mayActOn({ scan, policy }: JudgedScan): Promise<boolean> {
  return scan.family === 'dashboard' || isCertified(await policy.compiled());
}

/** Why no act is based on a policy that was not proved. */
export const NOT_CERTIFIED = {
  ok: false,
  message: 'the certificate of the policy is missing, or of another policy: nothing is done under it',
  remedy:
    'install spec-kitty again, or pass your own policy with `--policy`, which is proved when it is loaded',
} as const;

/** Scans and identifies one candidate again, immediately before an act. */
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
      return { kind: 'changed', detail: 'it no longer holds the socket that it was judged by' };
    case 'unreadable':
      return { kind: 'changed', detail: `it cannot be looked at again: ${now.why}` };
    case 'present':
      return {
        kind: 'present',
        candidate: identifyListener(now.evidence, now.scan),
        samples: now.samples,
      };
  }
}
