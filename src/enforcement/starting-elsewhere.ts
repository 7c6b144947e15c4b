import { join } from 'node:path';
import type { Observer } from '../machine/machine.js';
import type { JudgedCandidate } from '../model/candidate.js';
import type { Plan } from '../model/outcome.js';
import { isSameDirectory } from '../model/root-checks.js';
import { DAEMON_FILES } from '../model/root.js';
import { processOf, type RootEvidence, type SocketOwner } from '../model/scan.js';
import { inertName } from '../text/terminal.js';

/** Every released program records a daemon within this time after it started the daemon, or gives up the start. */
export const LONGEST_START_SECONDS = 30;

/**
 * Moves the targets that another root may be starting from `targets` to `skipped`. A released program records a daemon
 * only after the daemon answered, so a daemon that is being started looks like an orphan. The program holds the start
 * lock of the root until then; in our own root we hold that lock ourselves. If the start lock of another root is free,
 * the start is over: its state file names the target by now or never will, and the revalidation before the first step
 * reads that state file again.
 */
export async function excludeStartingDaemons(
  observer: Observer,
  plan: Plan,
  ourRoot: RootEvidence,
): Promise<Plan> {
  const targets: JudgedCandidate[] = [];
  const skipped = [...plan.skipped];
  for (const candidate of plan.targets) {
    const detail =
      plan.entrypoint === 'dashboard_start'
        ? possiblyUnrecorded(observer, candidate)
        : await possiblyStarting(observer, candidate, ourRoot);
    if (detail === null) targets.push(candidate);
    else skipped.push({ candidate, refusal: { reason: 'singleton_unknown', detail } });
  }
  return { ...plan, targets, skipped };
}

async function possiblyStarting(
  observer: Observer,
  { family, evidence }: JudgedCandidate,
  ourRoot: RootEvidence,
): Promise<string | null> {
  const { roots, holder } = evidence;
  const process = processOf(holder);
  if (!roots.ok || !process) return null;
  for (const root of roots.value) {
    if (isSameDirectory(root.directory, ourRoot.directory)) continue;
    const tree = root.inOurTree ? observer.files.ours : observer.files.of(process.pid);
    const path = tree.locate(join(root.path, DAEMON_FILES[family].lock));
    const locked = path.ok ? await observer.files.isLocked(path.value) : path;
    if (!locked.ok) {
      if (mayBeYoung(observer, holder))
        return `it may be a daemon that is being started in ${inertName(root.path)}: the start lock there cannot be checked (${locked.why})`;
    } else if (locked.value) return `a daemon is being started in ${inertName(root.path)}, perhaps this one`;
  }
  return null;
}

/**
 * Returns why a released dashboard may not be recorded yet, or null. Released dashboards are started without a lock, so
 * only the age of the process shows that its start is over.
 */
function possiblyUnrecorded(
  observer: Observer,
  { evidence: { holder }, shape }: JudgedCandidate,
): string | null {
  return shape?.generation === 'dashboard' && mayBeYoung(observer, holder)
    ? `it may have started less than ${LONGEST_START_SECONDS} s ago, and may not be recorded yet`
    : null;
}

/**
 * Whether a process may be younger than the longest start. An unknown process and an unknown age (NaN) count as young,
 * so that a daemon that is being started is spared.
 */
function mayBeYoung(observer: Observer, holder: SocketOwner): boolean {
  return (
    holder.kind !== 'known' ||
    !(observer.processes.minimumAgeSeconds(holder.process) >= LONGEST_START_SECONDS)
  );
}
