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
import { rangesText } from '../model/family.js';
import type { CollectorName } from '../model/scan.js';
import type { Target } from '../model/target.js';
import type { PolicyHandle } from '../model/verdict.js';
import { groupedBy } from '../report/groups.js';
import { meaningOf } from '../report/meaning.js';
import { countProcesses } from '../report/report-input.js';
import type { ReportFormat } from '../report/report.js';
import { INTERRUPTED, reset, type ResetOutcome } from '../reset.js';
import { counted, hangingTable, wrap } from '../text/layout.js';
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

/** Whether a reset asks: a user can read the question and answer it. */
function asks({ actor }: Machine, options: ResetOptions): boolean {
  return asksOnTerminal(options) && options.format !== 'json' && actor.terminal.canAsk();
}

/** Whether a reset asks on a terminal about what the user has to decide about: it names nothing that it acts on. */
export function asksOnTerminal({
  only,
  targets,
  yes,
}: Pick<ResetOptions, 'only' | 'targets' | 'yes'>): boolean {
  return only === undefined && targets.length === 0 && !yes;
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
  const orphans = planOf(judged, selectForReset(['safe_auto'])).targets;
  const { terminal } = machine.actor;
  const columns = terminal.columns() ?? Infinity;
  const request = requestAbout(orphans, undecided);
  let question = [...factsAbout(orphans, undecided, columns), ...wrap(request, columns - 1)].join('\n');
  let answer: string | null;
  do {
    answer = await terminal.ask(`${question} `, interruption.requested);
    question = wrap(`Type y or n. ${request}`, columns - 1).join('\n');
  } while (answer !== null && !ANSWER.test(answer.trim()));
  return /y/i.test(answer ?? '') ? selectConfirmed(undecided) : selectForReset(['safe_auto']);
}

const ANSWER = /^(?:y|yes|n|no)?$/i;

/** Says what is retired without a question, and what the question is about. */
function factsAbout(
  orphans: readonly JudgedCandidate[],
  undecided: readonly JudgedCandidate[],
  columns: number,
): readonly string[] {
  const rows = groupedBy(undecided, (candidate) => [meaningOf([candidate])]).map((those) => [
    `  ${portsOf(those)}`,
    `${those.length === 1 ? '' : 'each '}${escapeForTerminal(meaningOf(those))}`,
  ]);
  const proven =
    orphans.length === 0
      ? 'There are no proven orphans.'
      : `${counted(countProcesses(orphans), 'proven orphan')} will be retired, by both answers (${portsOf(orphans)}).`;
  const unproven =
    undecided.length === 1
      ? 'This daemon is not proven to be an orphan'
      : 'These daemons are not proven to be orphans';
  return [
    ...wrap(proven, columns),
    ...wrap(`${unproven}, so you decide:`, columns),
    ...hangingTable(rows, columns),
  ];
}

/** Asks, and says what each answer retires. */
function requestAbout(orphans: readonly JudgedCandidate[], undecided: readonly JudgedCandidate[]): string {
  const [proven, unproven] = [countProcesses(orphans), countProcesses(undecided)];
  const them = unproven === 1 ? 'it' : 'them';
  return proven === 0
    ? `Retire ${them}? [y = ${unproven === 1 ? 'retire it' : `all ${unproven}`}, N or Ctrl-C = none]`
    : `Retire ${them} too? [y = all ${proven + unproven}, N = only the ${proven === 1 ? 'orphan' : `${proven} orphans`}, Ctrl-C = none]`;
}

function portsOf(candidates: readonly JudgedCandidate[]): string {
  return rangesText([...new Set(candidates.map(({ identity }) => identity.port))]);
}
