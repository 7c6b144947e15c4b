import type { JudgedCandidate } from '../model/candidate.js';
import type { Suspension } from '../model/evidence.js';
import type { FailureCauses, Outcome } from '../model/outcome.js';
import { attestsAll } from '../model/capabilities.js';
import { type Platform, platformNamed } from '../model/platform.js';
import { formatTarget, processTarget } from '../model/target.js';
import { processOf, type RootEvidence } from '../model/scan.js';
import { ifItStays, inertName, shellQuote, sudoAs } from '../text/terminal.js';
import { meaningOf } from './meaning.js';
import { countProcesses, outcomeOf, remaining, type ReportInput } from './report-input.js';
import type { Remediation } from './report.js';
import { inWords, stateFileRemedy } from './state-file-remedy.js';

/**
 * Returns the one step for the operator about a candidate (SC-002), or null if nothing needs doing. Every printed
 * command exists, and helps in the situation that it is printed for (pitfall 27). The first of these that applies
 * determines the step: the process is suspended, a reset had a result that another reset would only repeat, the
 * portable collector scanned, the candidate is a healthy daemon that may be recorded, and last the verdict's reason.
 */
export function remedyFor(candidate: JudgedCandidate, input: ReportInput): Remediation | null {
  const { verdict } = candidate;
  if (verdict.cleanupClass === 'never_touch')
    return verdict.reason === 'unknown_command_line' ? lookAndEndByHand([candidate]) : null;
  const suspension = input.suspended.get(candidate);
  if (suspension) return suspensionRemedy(suspension, candidate);
  const afterReset = remedyAfterReset(outcomeOf(candidate, input), candidate, input);
  if (afterReset) return afterReset;
  if (!attestsAll(candidate.attested)) return remedyForPortableCollector(candidate, input);
  if (isHealthyAndMayBeRecorded(candidate)) return liveRemedy(candidate, input);
  if (verdict.cleanupClass === 'safe_auto') return orphansRemedy(input.invocation, retiresOrphans(input));
  const byReason = BY_REASON.get(verdict.reason ?? 'unclassified');
  return byReason ? byReason(candidate, input) : targetsRemedy([candidate], input);
}

/**
 * Returns the step to look at daemons with a command line of no release; null if a PID is unknown.
 * @param candidates one or more
 */
export function lookAndEndByHand(candidates: readonly JudgedCandidate[]): Remediation | null {
  if (candidates.some(({ identity }) => identity.pid === null)) return null;
  const pids = [...new Set(candidates.flatMap(({ identity }) => identity.pid ?? []))];
  const command = `ps -ww -o pid,user,lstart,command -p ${pids.join(',')}`;
  const effect =
    pids.length === 1
      ? `shows what it is, and its token; \`kill ${pids.join()}\` retires it, also when it is in use; ${ifItStays(pids)}`
      : 'shows what each is, and its token; `kill` with its PID retires it, also when it is in use, and `kill -KILL` with it, if it stays';
  return { command, effect };
}

type RemedyMaker = (candidate: JudgedCandidate, input: ReportInput) => Remediation | null;

/** Remedies by the verdict's reason. Any other reason, also one that a policy file adds, gets `targetsRemedy`. */
const BY_REASON: ReadonlyMap<string, RemedyMaker> = new Map<string, RemedyMaker>([
  [
    'other_user',
    (candidate, input) => {
      const { invocation, accountName } = input;
      const uid = ownerUid(candidate);
      if (uid === null) return showProcesses([candidate], input);
      return {
        command: `${sudoAs(accountName(uid))} ${invocation} auth doctor --reset`,
        effect: 'runs a reset as the user that it belongs to',
      };
    },
  ],
  ['owner_unknown', (candidate, input) => showProcesses([candidate], input)],
  ['missing_pid', (candidate, input) => showProcesses([candidate], input)],
  ['identity_unreadable', (candidate, input) => showProcesses([candidate], input)],
  [
    'singleton_unknown',
    (_candidate, input) => stateFileRemedy(input.judged.scan.root, input.judged.scan, input),
  ],
]);

type FailureRemedyMaker = (candidate: JudgedCandidate, causes: FailureCauses) => Remediation | null;

/** Remedies by the reason of a reset result, for results that another reset would only repeat. */
const AFTER_RESET: ReadonlyMap<string, FailureRemedyMaker> = new Map<string, FailureRemedyMaker>([
  [
    'not_permitted',
    (candidate, causes) => endByHand(candidate, 'the system does not permit this user to', causes, 'sudo '),
  ],
  ['cannot_hold', (candidate, causes) => endByHand(candidate, noSignalBecause(causes), causes)],
  ['kept_busy', (candidate, causes) => endByHand(candidate, MAY_BE_BUSY, causes)],
  ['perhaps_busy', (candidate, causes) => endByHand(candidate, MAY_BE_BUSY, causes)],
  [
    'journal_unwritable',
    (_candidate, { rootProblem }) =>
      rootProblem?.remedy ?? inWords('repair what the entry names, so that the journal can be written'),
  ],
]);

function noSignalBecause({ handleSupport }: FailureCauses): string {
  return `a signal is sent only if it cannot reach another process, and ${handleSupport?.why ?? 'there was no pidfd'}`;
}

const MAY_BE_BUSY = 'it may only be busy: an upload under way is cut off, and sent again later';

/**
 * Returns the one step for a daemon that a reset or a stop did not end; null if `auth doctor` has it.
 * @param outcome the result of the reset or stop for this candidate; null if there was none
 */
export function remedyAfterReset(
  outcome: Outcome | null,
  candidate: JudgedCandidate,
  causes: FailureCauses,
): Remediation | null {
  if (!outcome || outcome.bucket === 'swept') return null;
  return AFTER_RESET.get(outcome.reason)?.(candidate, causes) ?? null;
}

/** Returns the step for a suspended process. Such a process is not stuck: it answers as soon as it runs again. */
export function suspensionRemedy(
  suspension: Suspension,
  { identity: { pid } }: Pick<JudgedCandidate, 'identity'>,
): Remediation | null {
  switch (suspension.kind) {
    case 'stopped':
      return {
        command: `kill -CONT ${String(pid)}`,
        effect: 'resumes it: it was suspended by SIGSTOP or SIGTSTP',
      };
    case 'traced':
      return suspension.by === 0
        ? inWords('end the debugger that has it, outside this container')
        : {
            command: `ps -fp ${suspension.by}`,
            effect: 'shows the debugger or tracer that has it: resume it there',
          };
    case 'frozen': {
      const thawed = suspension.freezer.endsWith('freezer.state') ? 'THAWED' : '0';
      const command = `echo ${thawed} | sudo tee ${shellQuote(suspension.freezer)}`;
      return { command, effect: 'resumes it: its control group is frozen' };
    }
  }
}

/**
 * Returns the step for a candidate of the portable collector, which proves nothing: to use the exact collector of the
 * platform if it has one, else to see what the process is.
 */
function remedyForPortableCollector(
  { evidence: { holder }, identity: { port } }: JudgedCandidate,
  { invocation, judged: { scan } }: ReportInput,
): Remediation {
  const platform = platformNamed(scan.context.platform);
  if (attestsAll(platform.capabilities) && !scan.insteadOf) return exactCollectorRemedy(platform, invocation);
  const pid = processOf(holder)?.pid;
  if (pid === undefined) return { command: platform.whoListens([port]), effect: SHOWS_PROCESS };
  return {
    command: platform.whoIs(pid),
    effect: 'shows what it is; ending it is up to you, since it is not proven to be a daemon',
  };
}

/** Returns the step for everything that the portable collector leaves open: to use the exact one of the platform. */
export function exactCollectorRemedy({ exactCollector }: Platform, invocation: string): Remediation {
  return {
    command: `${invocation} auth doctor --collector ${exactCollector}`,
    effect: 'asks the kernel instead, which proves what each process is',
  };
}

/**
 * Whether a candidate is a healthy daemon of this user that its root may record: a reset leaves such a daemon alone.
 */
function isHealthyAndMayBeRecorded({ facts, recordedIn }: JudgedCandidate): boolean {
  if (facts.responder !== 'sync' || facts.owner_user !== 'same') return false;
  return (
    recordedIn.kind === 'other_root' ||
    recordedIn.kind === 'unknown' ||
    facts.recorded_singleton === 'unknown'
  );
}

function liveRemedy(candidate: JudgedCandidate, input: ReportInput): Remediation | null {
  const { recordedIn } = candidate;
  const { scan } = input.judged;
  if (recordedIn.kind === 'other_root') return otherRootRemedy(recordedIn.root, candidate, input);
  if (recordedIn.kind !== 'unknown') return stateFileRemedy(scan.root, scan, input);
  return recordedIn.root
    ? stateFileRemedy(recordedIn.root, scan, input)
    : endByHand(candidate, recordedIn.detail, input);
}

/**
 * Returns the step for a live daemon of another root. The daemon is in use, so nothing needs doing; `sync stop` in that
 * root ends the daemon if its self-report is proven.
 */
function otherRootRemedy(
  { path, inOurTree }: RootEvidence,
  candidate: JudgedCandidate,
  input: ReportInput,
): Remediation | null {
  if (!inOurTree) return inWords('it is in use inside its container; nothing to clean');
  const { facts, shape } = candidate;
  // `sync stop` in that root refuses, because the daemon's command line declares the root's old name.
  if (shape?.generation === 'marked' && shape.root !== path)
    return endByHand(
      candidate,
      `its root ${inertName(shape.root)} was renamed to ${inertName(path)} while it ran`,
      input,
    );
  const there = `SPEC_KITTY_HOME=${shellQuote(path)} ${input.invocation}`;
  return facts.self_report === 'matches'
    ? { command: `${there} sync stop`, effect: 'retires it, if it is not needed there any more' }
    : { command: `${there} auth doctor`, effect: 'shows it as the live daemon of that root' };
}

/**
 * Whether the state file names the PID and the port of a process that is certainly no daemon that this program knows.
 * It got both after the recorded daemon had gone.
 */
export function isRecordedThirdParty({ facts }: Pick<JudgedCandidate, 'facts'>): boolean {
  return (
    facts.recorded_singleton === 'yes' &&
    facts.spawn_shape === 'other' &&
    facts.responder !== 'sync' &&
    facts.owner_user === 'same'
  );
}

/**
 * Returns the step for such a process. The state file is not put aside: if the process was a daemon of a version that
 * this program does not know, it would be an orphan then.
 */
export function recordedThirdPartyRemedy({
  identity: { pid },
}: Pick<JudgedCandidate, 'identity'>): Remediation {
  return inWords(
    `look at it with \`ps -ww -fp ${String(pid)}\`, then end it, or restart it so that its PID or its port changes: the next command starts a daemon`,
  );
}

/** Returns the step that retires the proven orphans and leaves alone what its user has to decide about. */
export function orphansRemedy(invocation: string, effect: string): Remediation {
  return { command: `${invocation} auth doctor --reset --only safe_auto`, effect };
}

function retiresOrphans(input: ReportInput): string {
  const number = countProcesses(remaining(input).filter(isProvenOrphan));
  return number === 1 ? 'retires it' : `retires all ${number} proven orphans, this one too`;
}

export function isProvenOrphan({ verdict }: JudgedCandidate): boolean {
  return verdict.cleanupClass === 'safe_auto';
}

/**
 * Returns the step that retires exactly these processes and no later ones with their PIDs, with what that means.
 * @param candidates one or more, all with the same kind of meaning; without a process there is one candidate
 */
export function targetsRemedy(
  candidates: readonly JudgedCandidate[],
  input: ReportInput,
): Remediation | null {
  const { invocation } = input;
  const [first, ...others] = candidates;
  if (!first) return null;
  const targets = new Set(candidates.flatMap((one) => processTarget(one) ?? []).map(formatTarget));
  if (targets.size === 0) return showProcesses(candidates, input);
  const meaning = meaningOf([first, ...others]);
  return {
    command: `${invocation} auth doctor --reset ${[...targets].join(' ')}`,
    effect: targets.size === 1 ? `${meaning}; this retires it` : `each ${meaning}; this retires them`,
  };
}

/**
 * Returns the step to see which processes listen on the ports of these candidates.
 * @param candidates one or more
 */
export function showProcesses(
  candidates: readonly JudgedCandidate[],
  { judged: { scan } }: ReportInput,
): Remediation {
  const ports = new Set(candidates.map(({ identity }) => identity.port));
  return { command: platformNamed(scan.context.platform).whoListens([...ports]), effect: SHOWS_PROCESS };
}

const SHOWS_PROCESS = 'shows which process listens there: this user could not see it';

/**
 * Returns the step to end a daemon by its PID, because only the operator can know whether the daemon is in use; null if
 * the PID is unknown.
 */
function endByHand(
  candidate: JudgedCandidate,
  detail: string,
  { stillSuspended }: Pick<FailureCauses, 'stillSuspended'>,
  by: 'sudo ' | '' = '',
): Remediation | null {
  const { pid } = candidate.identity;
  if (pid === null) return null;
  const suspension = stillSuspended.get(candidate);
  const effect = `retires it, also when it is in use (${detail})`;
  const orKill = `; ${ifItStays([pid], by)}`;
  switch (suspension?.kind) {
    case undefined:
      return { command: `${by}kill ${pid}`, effect: effect + orKill };
    case 'stopped':
      // A stopped process gets SIGTERM only when it continues.
      return {
        command: `${by}kill ${pid} && ${by}kill -CONT ${pid}`,
        effect: `${effect}; it is stopped${orKill}`,
      };
    case 'traced':
      return {
        command: `${by}kill -KILL ${pid}`,
        effect: `${effect}; it is stopped by a debugger or tracer`,
      };
    case 'frozen':
      return suspensionRemedy(suspension, candidate);
  }
}

function ownerUid({ evidence: { socket, holder } }: JudgedCandidate): number | null {
  return holder.kind === 'known' ? holder.process.uid : socket.uid;
}
