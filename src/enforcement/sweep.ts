import { type ProcessHandle } from '../machine/linux/pidfd.js';
import type { Machine } from '../machine/machine.js';
import type { JudgedCandidate } from '../model/candidate.js';
import type { Entrypoint, Outcome, Plan, Refusal, ResetEntry, ResetResult } from '../model/outcome.js';
import type { ScanContext } from '../model/scan.js';
import type { Journal } from './journal.js';
import { retire, type Revalidate } from './retire.js';

/** A target with the grip on its process that was taken when it was judged. */
export interface OpenedTarget {
  readonly candidate: JudgedCandidate;
  readonly handle: ProcessHandle;
}

export interface SweepContext {
  readonly context: ScanContext;
  readonly revalidate: Revalidate;
  readonly journal: Journal;
  /** Called after each target, for a progress display. */
  readonly onProgress: OnProgress;
}

export type OnProgress = (done: number, total: number) => void;

/** Takes hold of every target's process; released by `sweep`. */
export async function openTargets(machine: Machine, { targets }: Plan): Promise<readonly OpenedTarget[]> {
  // Nothing to hold, nothing to load.
  if (targets.length === 0) return [];
  const opener = await machine.actor.detectPidfd();
  return targets.flatMap((candidate) => {
    const { holder } = candidate.evidence;
    // The envelope lets nobody through whose process is unknown.
    return holder.kind === 'known' ? [{ candidate, handle: opener.open(holder.process.pid) }] : [];
  });
}

/**
 * Carries out a plan, all processes at once, so that a sweep takes as long as its slowest daemon and no longer.
 * Every candidate of the plan is in exactly one bucket of the ledger (FR-005); trouble with one is its own entry and
 * stops nobody else (pitfall 24). Without a trace nothing is done: the journal has the intents first.
 */
export async function sweep(
  machine: Machine,
  plan: Plan,
  opened: readonly OpenedTarget[],
  tools: SweepContext,
): Promise<ResetResult> {
  const untraceable = tools.journal.intend(plan.targets);
  let done = 0;
  const retireProcess = async (targets: readonly OpenedTarget[]): Promise<ResetResult> => {
    const entries: ResetEntry[] = [];
    for (const { candidate, handle } of targets) {
      // A process that was spared, or tried in vain, for one port is left alone for its next.
      const before = entries.find(({ outcome }) => outcome.bucket !== 'swept')?.outcome;
      const outcome =
        before ?? (await retireOrReport(machine, { candidate, handle }, plan.entrypoint, tools));
      // The intent is written, so the act has its trace: an outcome that cannot be added is shown as unknown by doctor.
      tools.journal.conclude(candidate, outcome);
      handle.close();
      tools.onProgress(++done, opened.length);
      entries.push({ candidate, outcome });
    }
    return entries;
  };
  const targets = untraceable === null ? await Promise.all(byProcess(opened).map(retireProcess)) : [];
  const untouched = untraceable === null ? [] : failedWithoutJournal(opened, untraceable);
  return inPortOrder([
    ...targets.flat(),
    ...untouched,
    ...neverOpened(plan, opened),
    ...entriesWithoutAction(machine, plan),
  ]);
}

/**
 * A process that listens on several ports is several targets: it is retired for one after the other, first for the port
 * that it was started for, where it can be asked.
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

function failedWithoutJournal(opened: readonly OpenedTarget[], why: string): ResetResult {
  return opened.map(({ candidate, handle }) => {
    handle.close();
    return { candidate, outcome: { bucket: 'failed', reason: 'journal_unwritable', detail: why } };
  });
}

/** Should a target ever not have been held, nothing is done about it, and it is not lost from the ledger. */
function neverOpened({ targets }: Plan, opened: readonly OpenedTarget[]): ResetResult {
  return targets
    .filter((candidate) => !opened.some((target) => target.candidate === candidate))
    .map((candidate) => ({
      candidate,
      outcome: { bucket: 'failed', reason: 'internal_error', detail: 'it was never held' },
    }));
}

/** The entries of those that nothing is done about. For a plan without targets this is the whole ledger. */
export function entriesWithoutAction(machine: Machine, plan: Plan): ResetResult {
  const skipped = plan.skipped.map(({ candidate, refusal }): ResetEntry => {
    return { candidate, outcome: { bucket: 'skipped', ...refusal } };
  });
  const refused = plan.refused.map(({ candidate, refusal }): ResetEntry => {
    const detail = withSystemsAnswer(machine, candidate, refusal);
    return { candidate, outcome: { bucket: 'failed', reason: refusal.reason, detail } };
  });
  return inPortOrder([...skipped, ...refused]);
}

function inPortOrder(result: ResetResult): ResetResult {
  return result.toSorted((one, other) => one.candidate.identity.port - other.candidate.identity.port);
}

async function retireOrReport(
  machine: Machine,
  { candidate, handle }: OpenedTarget,
  entrypoint: Entrypoint,
  { context, revalidate }: SweepContext,
): Promise<Outcome> {
  try {
    return await retire(machine, candidate, handle, entrypoint, context, revalidate);
  } catch (error) {
    return { bucket: 'failed', reason: 'internal_error', detail: String(error) };
  }
}

/** For another user's daemon the system is asked what it would have said: the operator then knows whose it is to do. */
function withSystemsAnswer(
  machine: Machine,
  { identity: { pid } }: JudgedCandidate,
  { reason, detail }: Refusal,
): string {
  if (reason !== 'other_user' || pid === null) return detail;
  const answer = machine.actor.maySignal(pid);
  return `${detail}; the system says ${answer.may ? 'that we may, and we still do not' : answer.code}`;
}
