/**
 * What the simulation runs of the product, unchanged: this file is bundled and evaluated once for each simulated
 * process of ours (thread.ts). It must import nothing that touches a real machine.
 */
import { whyNotStoppedHere } from '../../src/cli/stop-remedy.js';
import { runDaemonProgram } from '../../src/daemon/run.js';
import { DaemonIntent } from '../../src/daemon/outcome.js';
import type { CleanupRequest } from '../../src/enforce.js';
import { RESET_CLASSES, selectForReset, STOP_TARGETS } from '../../src/enforcement/plan.js';
import { examine, type JudgedScan } from '../../src/examine.js';
import type { Machine, Observer } from '../../src/machine/machine.js';
import type { PolicyHandle } from '../../src/model/verdict.js';
import { openPolicy } from '../../src/policy/load.js';
import { reset, type ResetOutcome } from '../../src/reset.js';
import { settingsFrom, startSyncDaemon } from '../../src/sync/daemon.js';
import { ensureSyncDaemon, type EnsuredSyncDaemon } from '../../src/sync/ensure-sync-daemon.js';

/** The programs that a simulated process of ours can run. */
export interface Programs {
  reset(machine: Machine, root: string): Promise<ResetOutcome>;
  resetSafe(machine: Machine, root: string): Promise<ResetOutcome>;
  stop(machine: Machine, root: string): Promise<ResetOutcome>;
  start(machine: Machine): Promise<EnsuredSyncDaemon>;
  doctor(machine: Machine, root: string): Promise<JudgedScan>;
  daemon(machine: Machine): Promise<void>;
}

const REQUESTS: Readonly<Record<'reset' | 'resetSafe' | 'stop', CleanupRequest>> = {
  reset: { selection: selectForReset(RESET_CLASSES), askedBy: 'auth doctor --reset', onProgress: ignore },
  resetSafe: {
    selection: selectForReset(['safe_auto']),
    askedBy: 'auth doctor --reset --only safe_auto',
    onProgress: ignore,
  },
  stop: { selection: STOP_TARGETS, askedBy: 'sync stop', onProgress: ignore },
};

export const programs: Programs = {
  reset: (machine, root) => cleanUp(machine, root, 'reset'),
  resetSafe: (machine, root) => cleanUp(machine, root, 'resetSafe'),
  stop: (machine, root) => {
    const failure = whyNotStoppedHere(machine.observer);
    return failure ? Promise.resolve({ ok: false, ...failure }) : cleanUp(machine, root, 'stop');
  },
  start: (machine) =>
    ensureSyncDaemon(machine, { intent: DaemonIntent.REMOTE_REQUIRED, invocation: 'spec-kitty' }),
  doctor: ({ observer }, root) =>
    examine(observer, root, policyOf(observer), observer.platform.exactCollector),
  daemon: (machine) =>
    runDaemonProgram(machine, 'sync', 'spec-kitty sync start', (shape) =>
      startSyncDaemon(machine, shape, settingsFrom(machine.observer.self.environment)),
    ),
};

function cleanUp(machine: Machine, root: string, name: keyof typeof REQUESTS): Promise<ResetOutcome> {
  const { observer } = machine;
  return reset(machine, root, policyOf(observer), observer.platform.exactCollector, REQUESTS[name]);
}

function policyOf(observer: Observer): PolicyHandle {
  const opened = openPolicy(observer, null);
  if (!opened.ok) throw new Error('the policy is refused');
  return opened.policy;
}

function ignore(): void {
  // No progress is shown.
}
