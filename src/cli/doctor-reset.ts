import { type CleanupRequest, planOf } from '../enforce.js';
import {
  RESET_CLASSES,
  type ResetClass,
  selectConfirmed,
  selectForReset,
  type TargetSelection,
} from '../enforcement/plan.js';
import { type Interruption, unlessInterrupted } from '../enforcement/interruption.js';
import { during, scanWait } from '../enforcement/waits.js';
import { examine } from '../examine.js';
import type { Machine } from '../machine/machine.js';
import type { JudgedCandidate } from '../model/candidate.js';
import { portsText } from '../model/family.js';
import type { CollectorName } from '../model/scan.js';
import type { Target } from '../model/target.js';
import type { PolicyHandle } from '../model/verdict.js';
import { meaningOf } from '../report/meaning.js';
import type { ReportFormat } from '../report/report.js';
import { INTERRUPTED, reset, type ResetOutcome } from '../reset.js';
import { hangingTable, wrap } from '../text/layout.js';
import { escapeForTerminal } from '../text/terminal.js';
import { interruptible } from './interruptible.js';
import { findTargets } from './targets.js';

/**
 * Resets the root of this user, for `auth doctor --reset`. Asks first about daemons that the user has to decide about.
 * Ctrl-C ends it early, with the result so far.
 */
export async function runReset(
  machine: Machine,
  root: string,
  policy: PolicyHandle,
  options: ResetOptions,
  invocation: string,
): Promise<ResetOutcome> {
  return interruptible(machine, async (interruption) => {
    const confirmed = asks(machine, options)
      ? await confirmedSelection(machine, root, policy, options.collector, interruption)
      : null;
    if (interruption.isRequested()) return INTERRUPTED;
    return await reset(machine, root, policy, options.collector, {
      ...resetRequest(options, invocation),
      ...(confirmed && { selection: confirmed }),
      askedBy: 'auth doctor --reset',
      onProgress: (done, total) => {
        machine.actor.terminal.showProgress(done, total);
      },
      interruption,
    });
  });
}

/** What `auth doctor --reset` acts on. */
export interface ResetOptions {
  /** The processes that the reset is limited to; empty if it is not limited. */
  readonly targets: readonly Target[];
  readonly only?: ResetClass;
  /** Asks nothing. */
  readonly yes?: true;
  readonly format: ReportFormat;
  readonly collector: CollectorName;
}

/** Returns what the options of `auth doctor --reset` ask for. */
export function resetRequest(
  { only, targets }: Pick<ResetOptions, 'only' | 'targets'>,
  invocation: string,
): Pick<CleanupRequest, 'selection' | 'findNamed'> {
  const classes = only ? [only] : RESET_CLASSES;
  return {
    selection: selectForReset(classes),
    ...(targets.length > 0 && { findNamed: findTargets(targets, classes, invocation) }),
  };
}

/** Whether a reset asks: it names nothing that it acts on, and a user can read the question and answer it. */
function asks({ actor }: Machine, { only, targets, yes, format }: ResetOptions): boolean {
  return only === undefined && targets.length === 0 && !yes && format !== 'json' && actor.terminal.canAsk();
}

/**
 * Scans, and asks about what the reset would act on although it is not a proven orphan. No lock is held meanwhile;
 * the reset scans again.
 * @returns the proven orphans, and the daemons that the user confirmed
 */
async function confirmedSelection(
  machine: Machine,
  root: string,
  policy: PolicyHandle,
  collector: CollectorName,
  interruption: Interruption,
): Promise<TargetSelection> {
  const scanning = during(machine, scanWait('sync'), examine(machine.observer, root, policy, collector));
  const judged = await unlessInterrupted(interruption, scanning);
  if (judged === null) return selectForReset([]);
  const undecided = planOf(judged, selectForReset(['operator_required'])).targets;
  if (undecided.length === 0) return selectForReset(['safe_auto']);
  const { terminal } = machine.actor;
  const question = `${questionAbout(undecided, terminal.columns() ?? Infinity)} `;
  const answer = await terminal.ask(question, interruption.requested);
  return /^\s*y(?:es)?\s*$/i.test(answer ?? '') ? selectConfirmed(undecided) : selectForReset(['safe_auto']);
}

function questionAbout(undecided: readonly JudgedCandidate[], columns: number): string {
  const byMeaning = new Map<string, JudgedCandidate[]>();
  for (const candidate of undecided) {
    const meaning = meaningOf(candidate);
    byMeaning.set(meaning, [...(byMeaning.get(meaning) ?? []), candidate]);
  }
  const rows = [...byMeaning].map(([meaning, those]) => [
    `  ${portsText(those.map(({ identity }) => identity.port))}`,
    `${those.length === 1 ? '' : 'each '}${escapeForTerminal(meaning)}`,
  ]);
  const [those, them] =
    undecided.length === 1
      ? ['This daemon is not proven to be an orphan', 'it']
      : ['These daemons are not proven to be orphans', 'them'];
  return [
    ...wrap(`${those}, so you decide:`, columns),
    ...hangingTable(rows, columns),
    ...wrap(`Retire ${them} too? No retires the proven orphans only. [y/N]`, columns - 1),
  ].join('\n');
}
