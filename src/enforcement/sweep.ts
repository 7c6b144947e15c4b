import { type ProcessHandle } from '../machine/linux/pidfd.js';
import type { Machine } from '../machine/machine.js';
import type { JudgedCandidate } from '../model/candidate.js';
import type { Entrypoint, Outcome, Plan, ResetEntry, ResetResult } from '../model/outcome.js';
import type { ScanContext } from '../model/scan.js';
import type { Interruption } from './interruption.js';
import type { Journal } from './journal.js';
import { retire, type Revalidate } from './retire.js';

/** A target, and the handle on its process that was opened right after the verdict. */
export interface OpenedTarget {
  readonly candidate: JudgedCandidate;
  readonly handle: ProcessHandle;
}

export interface SweepContext {
  readonly context: ScanContext;
  readonly revalidate: Revalidate;
  readonly journal: Journal;
  readonly onProgress: OnProgress;
  readonly interruption?: Interruption | undefined;
}

/** A callback for progress, called after each target. */
export type OnProgress = (done: number, total: number) => void;

/** Opens a handle on the process of each target. `sweep` closes them. */
export async function openTargets(machine: Machine, { targets }: Plan): Promise<readonly OpenedTarget[]> {
  // `detectPidfd` loads koffi, which takes time, so it is called only if there is a target.
  if (targets.length === 0) return [];
  const opener = await machine.actor.detectPidfd();
  return targets.flatMap((candidate) => {
    const { holder } = candidate.evidence;
    // The guard refuses a candidate without a known process, so every target has one.
    return holder.kind === 'known' ? [{ candidate, handle: opener.open(holder.process.pid) }] : [];
  });
}

/**
 * Carries out a plan. All processes are retired concurrently, so a sweep takes as long as its slowest daemon
 * (pitfall 36).
 * @returns exactly one entry for each candidate of the plan, in port order (FR-005). An error with one target
 *   becomes the entry of that target and does not stop the others (pitfall 24).
 */
export async function sweep(
  machine: Machine,
  plan: Plan,
  opened: readonly OpenedTarget[],
  sweepContext: SweepContext,
): Promise<ResetResult> {
  const { journal, onProgress } = sweepContext;
  let done = 0;
  const retireProcess = async (targets: readonly OpenedTarget[]): Promise<ResetResult> => {
    const entries: ResetEntry[] = [];
    for (const { candidate, handle } of targets) {
      // A process that was skipped, or could not be ended, for one of its ports gets the same outcome for the others.
      const previous = entries.find(({ outcome }) => outcome.bucket !== 'swept')?.outcome;
      const outcome =
        previous ?? (await retireOrReport(machine, { candidate, handle }, plan.entrypoint, sweepContext));
      // A failed write is ignored: the intent is in the journal, and doctor shows its outcome as unknown.
      journal.conclude(candidate, outcome);
      handle.close();
      onProgress(++done, opened.length);
      entries.push({ candidate, outcome });
    }
    return entries;
  };
  // No target is retired without an intent in the journal: every request and signal must leave a trace.
  const journalFailure = journal.intend(plan.targets);
  const retired =
    journalFailure === null
      ? (await Promise.all(byProcess(opened).map(retireProcess))).flat()
      : failedWithoutJournal(opened, journalFailure);
  return inPortOrder([...retired, ...neverOpened(plan, opened), ...entriesWithoutAction(plan)]);
}

/**
 * Groups targets by process. The targets of a process that listens on several ports are retired one after the other,
 * beginning with the port in its command line, because a shutdown request is sent to that port only.
 */
function byProcess(opened: readonly OpenedTarget[]): readonly (readonly OpenedTarget[])[] {
  const groups = new Map<number | null, OpenedTarget[]>();
  for (const target of opened) {
    const { identity, shape } = target.candidate;
    const others = groups.get(identity.pid) ?? [];
    groups.set(identity.pid, shape?.port === identity.port ? [target, ...others] : [...others, target]);
  }
  return [...groups.values()];
}

async function retireOrReport(
  machine: Machine,
  { candidate, handle }: OpenedTarget,
  entrypoint: Entrypoint,
  { context, revalidate, interruption }: SweepContext,
): Promise<Outcome> {
  try {
    return await retire(machine, candidate, handle, entrypoint, context, revalidate, interruption);
  } catch (error) {
    return { bucket: 'failed', reason: 'internal_error', detail: String(error) };
  }
}

function failedWithoutJournal(opened: readonly OpenedTarget[], why: string): ResetResult {
  return opened.map(({ candidate, handle }) => {
    handle.close();
    return { candidate, outcome: { bucket: 'failed', reason: 'journal_unwritable', detail: why } };
  });
}

/**
 * Returns a failed entry for each target without a handle. There are none unless the guard accepts an unknown process.
 */
function neverOpened({ targets }: Plan, opened: readonly OpenedTarget[]): ResetResult {
  return targets
    .filter((candidate) => !opened.some((target) => target.candidate === candidate))
    .map((candidate) => ({
      candidate,
      outcome: {
        bucket: 'failed',
        reason: 'internal_error',
        detail: 'no handle on its process was opened',
      },
    }));
}

/** Returns the entries of the candidates that are no targets. For a plan without targets this is the whole result. */
export function entriesWithoutAction(plan: Plan): ResetResult {
  const skipped = plan.skipped.map(({ candidate, refusal }): ResetEntry => {
    return { candidate, outcome: { bucket: 'skipped', ...refusal } };
  });
  const refused = plan.refused.map(({ candidate, refusal }): ResetEntry => {
    return { candidate, outcome: { bucket: 'failed', ...refusal } };
  });
  return inPortOrder([...skipped, ...refused]);
}

function inPortOrder(result: ResetResult): ResetResult {
  return result.toSorted((one, other) => one.candidate.identity.port - other.candidate.identity.port);
}
