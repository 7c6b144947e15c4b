import { join } from 'node:path';
import type { Observer } from '../machine/machine.js';
import type { JudgedCandidate } from '../model/candidate.js';
import type { Plan } from '../model/outcome.js';
import { isSameDirectory } from '../model/root-checks.js';
import { DAEMON_FILES } from '../model/root.js';
import { processOf, type RootEvidence, type SocketOwner } from '../model/scan.js';

/** Every release records a daemon that it starts within this time, or gives it up. */
const LONGEST_START_SECONDS = 30;

/**
 * Moves the targets that another root may be starting from `targets` to `skipped`. A release records a daemon only after it
 * answered, and holds the start lock of its root until then, so a daemon that is being started looks like an orphan. In
 * our own root we hold that lock ourselves. If the lock of a root is free, the start is over: the target is recorded by now
 * or never will be, and the revalidation before the first step reads that state file again.
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
        return `it may be a daemon that is being started in ${root.path}: the start lock there cannot be checked (${locked.why})`;
    } else if (locked.value) return `a daemon is being started in ${root.path}, perhaps this one`;
  }
  return null;
}

/** Released dashboards are started without a lock, so only the age of the process shows that its start is over. */
function possiblyUnrecorded(
  observer: Observer,
  { evidence: { holder }, shape }: JudgedCandidate,
): string | null {
  return shape?.generation === 'dashboard' && mayBeYoung(observer, holder)
    ? `it may have started less than ${LONGEST_START_SECONDS} s ago, and may not be recorded yet`
    : null;
}

/**
 * Age is the time between its start and ours, on the kernel's clock. A process of unknown age (NaN) counts as young; a
 * command that is started later can tell.
 */
function mayBeYoung(observer: Observer, holder: SocketOwner): boolean {
  return (
    holder.kind !== 'known' ||
    !(observer.processes.minimumAgeSeconds(holder.process.startTicks) >= LONGEST_START_SECONDS)
  );
}
