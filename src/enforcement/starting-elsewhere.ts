import { join } from 'node:path';
import type { Observer } from '../machine/machine.js';
import type { JudgedCandidate } from '../model/candidate.js';
import type { Plan } from '../model/outcome.js';
import { isSameDirectory } from '../model/root-checks.js';
import { DAEMON_FILES } from '../model/root.js';
import { processOf, type RootEvidence, type SocketOwner } from '../model/scan.js';

/** No release waits longer for a daemon to answer before it is recorded, or given up. */
const LONGEST_START_SECONDS = 30;

/**
 * Takes from a plan those that are being started in another root: releases record a daemon only once it has answered,
 * and hold the lock of its root until then. In our own root nobody is, while we hold that lock. A target that stays was
 * recorded before its lock was found free, or never: the next look at its root tells which.
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
        ? whyPerhapsUnrecorded(observer, candidate)
        : await whyPerhapsStarting(observer, candidate, ourRoot);
    if (detail === null) targets.push(candidate);
    else skipped.push({ candidate, refusal: { reason: 'singleton_unknown', detail } });
  }
  return { ...plan, targets, skipped };
}

async function whyPerhapsStarting(
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
      if (mayBeYoung(observer, holder)) return `it may be being started in ${root.path}: ${locked.why}`;
    } else if (locked.value) return `a daemon is being started in ${root.path}, perhaps this one`;
  }
  return null;
}

/** Released dashboards are started under no lock at all, so only time tells. */
function whyPerhapsUnrecorded(
  observer: Observer,
  { evidence: { holder }, shape }: JudgedCandidate,
): string | null {
  return shape?.generation === 'dashboard' && mayBeYoung(observer, holder)
    ? `it is not known to have run for ${LONGEST_START_SECONDS} s, and may not be recorded yet`
    : null;
}

/** Where its age is not known it is taken for young; a later command knows more, as it starts later itself. */
function mayBeYoung(observer: Observer, holder: SocketOwner): boolean {
  return (
    holder.kind !== 'known' ||
    !(observer.processes.minimumAgeSeconds(holder.process.startTicks) >= LONGEST_START_SECONDS)
  );
}
