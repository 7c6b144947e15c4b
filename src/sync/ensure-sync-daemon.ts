import { join } from 'node:path';
import { type Decision, leave } from '../daemon/decision.js';
import { ensureDaemon, type EnsuredDaemon, type EnsureRequest, reusedDaemon } from '../daemon/ensure.js';
import {
  DaemonIntent,
  type DegradedReason,
  type EnsureOptions,
  type SkipReason,
  type StartupCleanup,
  type StartupOutcome,
} from '../daemon/outcome.js';
import { startRemedy, withFileCause } from '../daemon/remedy.js';
import { STARTUP_TARGETS } from '../enforcement/plan.js';
import { REQUEST_MS, requestOf } from '../enforcement/request.js';
import { explainPath } from '../enforcement/root-problem.js';
import { during, scanWait } from '../enforcement/waits.js';
import { thisProgram } from '../invocation.js';
import { examine, type IdentifiedScan, judge, scanOwnListeners } from '../examine.js';
import type { Machine, Observer } from '../machine/machine.js';
import type { Environment } from '../machine/runtime.js';
import type { IdentifiedCandidate } from '../model/candidate.js';
import { isInRange } from '../model/family.js';
import { strip } from '../model/python-text.js';
import { err, ok, type Result } from '../model/result.js';
import { isRecordedElsewhere, mayRunElsewhere, trustIssueOf } from '../model/root-checks.js';
import { remedyText } from '../model/root-problem.js';
import { ROOT_FILES } from '../model/root.js';
import type { SyncQueue } from '../model/upload.js';
import type { PolicyHandle } from '../model/verdict.js';
import { isCertified } from '../policy/certificate.js';
import { openPolicy } from '../policy/load.js';
import { resultArrays } from '../report/build.js';
import { isRecordedThirdParty, recordedThirdPartyRemedy } from '../report/remedy.js';
import { isLiveElsewhere, type PrintedCommands } from '../report/report-input.js';
import { stateFileRemedy } from '../report/state-file-remedy.js';
import { runtimeRoot } from './runtime-root.js';
import { readSettings, type Settings, tableAt, textAt } from './settings-file.js';
import type { SyncStartReport } from './status.js';
import { inertName } from '../text/terminal.js';

/**
 * The outcome of `ensureSyncDaemon`, and the usable daemon for a command that sends a request to it. `candidate` is
 * null if no daemon is usable, or if the scan after a start did not find the daemon.
 */
export interface EnsuredSyncDaemon {
  readonly outcome: StartupOutcome;
  readonly candidate: IdentifiedCandidate | null;
}

/**
 * Ensures that the root of this user has exactly one healthy sync daemon, and retires only daemons that are provably
 * ours and stale (FR-006, FR-007). Never rejects, so the command that needs sync continues in any case.
 */
export async function ensureSyncDaemon(machine: Machine, options: EnsureOptions): Promise<EnsuredSyncDaemon> {
  const { observer } = machine;
  try {
    const root = runtimeRoot(observer, observer.self.environment);
    if (!root.ok)
      return degradedOutcome(observer, options, 'root_unusable', root.message, NO_CLEANUP, root.remedy);
    const skip = whySkipped(observer, root.path, observer.self.environment, options);
    if (!skip.ok) {
      const found = explainPath(observer, join(root.path, ROOT_FILES.config), 'read');
      return degradedOutcome(
        observer,
        options,
        'config_unreadable',
        skip.why,
        NO_CLEANUP,
        found && remedyText(found.remedy),
      );
    }
    if (skip.value) return { outcome: { kind: 'skipped', ...skip.value }, candidate: null };
    const opened = openPolicy(observer, null);
    if (!opened.ok)
      return degradedOutcome(observer, options, 'policy_refused', opened.problems[0]?.message ?? '');
    if (!isCertified(await opened.policy.compiled()))
      return degradedOutcome(observer, options, 'policy_refused', NOT_CERTIFIED);
    return await ensureIn(machine, root.path, opened.policy, options);
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return degradedOutcome(observer, options, 'internal_error', text);
  }
}

const NO_CLEANUP: StartupCleanup = { swept: [], failed: [], operator_required: 0 };

const NOT_CERTIFIED = 'the certificate of the policy is missing, or of another policy';

async function ensureIn(
  machine: Machine,
  root: string,
  policy: PolicyHandle,
  options: EnsureOptions,
): Promise<EnsuredSyncDaemon> {
  const { observer } = machine;
  const scanning = scanOwnListeners(observer, 'sync', root);
  const identified = await during(machine, scanWait('sync'), scanning);
  const issue = trustIssueOf('sync', identified.scan.root, identified.scan.context.uid);
  if (issue) {
    const { scan } = identified;
    const remedy = remedyText(stateFileRemedy(scan.root, scan, printedCommands(observer, options)));
    return degradedOutcome(
      observer,
      options,
      'root_unusable',
      `${inertName(issue.path)} ${issue.detail}`,
      NO_CLEANUP,
      remedy,
    );
  }
  // Common case: only the recorded singleton is listening. Reusing it needs no verdict, so the rule engine is not
  // loaded.
  if (identified.candidates.every(({ facts }) => facts.recorded_singleton === 'yes')) {
    const decision = decide(identified);
    if (decision.kind === 'reuse') {
      const { daemon } = decision;
      return { outcome: { kind: 'ready', daemon: reusedDaemon(daemon), ...NO_CLEANUP }, candidate: daemon };
    }
  }
  const request: EnsureRequest = {
    family: 'sync',
    root,
    selection: STARTUP_TARGETS,
    askedBy: 'startup',
    examine: () => examine(observer, root, policy, observer.platform.exactCollector, 'ours'),
    decide,
  };
  const ensured = await ensureDaemon(machine, request, await judge(identified.scan, policy));
  return reported(
    observer,
    options,
    withFileCause(observer, 'sync', root, ensured, printedCommands(observer, options).invocation),
  );
}

function reported(observer: Observer, options: EnsureOptions, ensured: EnsuredDaemon): EnsuredSyncDaemon {
  const { swept, failed } = resultArrays(ensured.result);
  const left = ensured.judged.candidates.filter(
    (candidate) => candidate.verdict.cleanupClass === 'operator_required' && !isLiveElsewhere(candidate),
  );
  const cleanup = { swept, failed, operator_required: left.length };
  if (ensured.kind === 'degraded') {
    const { reason, detail, judged } = ensured;
    const { scan, candidates } = judged;
    const thirdParty =
      reason === 'singleton_unresponsive' ? candidates.find(isRecordedThirdParty) : undefined;
    const found = thirdParty
      ? recordedThirdPartyRemedy(thirdParty)
      : reason === 'recorded_elsewhere'
        ? stateFileRemedy(scan.root, scan, printedCommands(observer, options))
        : null;
    const remedy = found ? remedyText(found) : ensured.remedy;
    return degradedOutcome(observer, options, reason, detail, cleanup, remedy);
  }
  const { daemon, candidate } = ensured;
  return { outcome: { kind: 'ready', daemon, ...cleanup }, candidate };
}

function degradedOutcome(
  observer: Observer,
  options: EnsureOptions,
  reason: DegradedReason,
  detail: string,
  cleanup: StartupCleanup = NO_CLEANUP,
  remedy?: string | null,
): EnsuredSyncDaemon {
  const nextStep = remedy ?? startRemedy('sync', reason, printedCommands(observer, options).invocation);
  return { outcome: { kind: 'degraded', reason, detail, next_step: nextStep, ...cleanup }, candidate: null };
}

function printedCommands(observer: Observer, { invocation }: EnsureOptions): PrintedCommands {
  return {
    invocation: invocation ?? thisProgram(observer).invocation,
    accountName: observer.self.accountName,
  };
}

/** Requests the upload of queued events from the daemon, unless the current folder has opted out of sync. */
export async function askToDrain(
  machine: Machine,
  daemon: IdentifiedCandidate,
  { idle }: Pick<SyncQueue, 'idle'>,
): Promise<SyncStartReport['drain']> {
  if (idle?.why === 'opted_out') return 'not_asked';
  const wait = { doing: 'asking', port: daemon.identity.port, then: 'to upload', atMostMs: REQUEST_MS };
  const answer = await during(machine, wait, requestOf(machine, daemon, 'sync/trigger'));
  return answer?.kind === 'accepted' ? 'requested' : 'refused';
}

export interface Skip {
  readonly reason: SkipReason;
  readonly detail: string;
}

/**
 * Determines whether settings, intent or platform prevent this start. The first reason found is returned.
 * @param options an explicit start, which the user typed, ignores settings that only prevent automatic starts
 * @returns why the start is skipped, or null if it continues; an error if `config.toml` cannot be read or has an
 *   unusable value
 */
export function whySkipped(
  observer: Observer,
  root: string,
  environment: Environment,
  options: EnsureOptions,
): Result<Skip | null> {
  const { intent, explicit = false } = options;
  const disabling = ['SPEC_KITTY_SYNC_DISABLE', 'SPEC_KITTY_SYNC_MINIMAL_IMPORT'].find((name) =>
    isTruthy(environment[name]),
  );
  if (disabling !== undefined && !explicit) return skip('disabled', `${disabling} is set`);
  if (!isTruthy(environment['SPEC_KITTY_ENABLE_SAAS_SYNC']))
    return skip('rollout_disabled', 'SPEC_KITTY_ENABLE_SAAS_SYNC is not set to 1');
  if (intent === DaemonIntent.LOCAL_ONLY) return skip('local_only', 'nothing hosted is needed');
  if (!observer.platform.runsDaemons)
    return skip(
      'unsupported_platform',
      `background sync works on Linux only; this is ${observer.platform.name}`,
    );
  if (explicit) return ok(null);
  const config = readSettings(observer, join(root, ROOT_FILES.config));
  if (!config.ok) return config;
  const mode = textAt(config.value, 'sync', 'background_daemon');
  if (!mode.ok) return mode;
  if (mode.value === null && hasModeSetting(config.value))
    return err(`${inertName(config.value.path)}: [sync] background_daemon is empty`);
  return mode.value?.toLowerCase() === 'manual'
    ? skip('manual', 'config.toml says [sync] background_daemon = "manual"')
    : ok(null);
}

function skip(reason: SkipReason, detail: string): Result<Skip> {
  return ok({ reason, detail });
}

/**
 * Whether `[sync] background_daemon` is present. Released programs start no daemon automatically if the value is empty,
 * so an empty value must not be treated as an absent one.
 */
function hasModeSetting(config: Settings): boolean {
  const sync = tableAt(config, 'sync');
  return sync.ok && 'background_daemon' in sync.value;
}

function isTruthy(value: string | undefined): boolean {
  return ['1', 'true', 'yes', 'y', 'on'].includes(strip(value ?? '').toLowerCase());
}

/**
 * Decides whether to reuse, start or leave the daemon of this root. A daemon is started only if certainly no live
 * daemon is recorded, or if the recorded one is an older version of this program. Pure.
 */
function decide({ scan, candidates }: IdentifiedScan): Decision {
  const { listeners, root, context } = scan;
  if (!listeners.ok) return leave('could_not_look', listeners.why);
  // The first scan of a start was checked too. The file may have changed before the scan under the lock.
  const issue = trustIssueOf('sync', root, context.uid);
  if (issue) return leave('singleton_unknown', `${issue.path} ${issue.detail}`);
  const recorded = candidates.find(({ facts: { recorded_singleton: value } }) => value === 'yes');
  if (recorded) return decideAboutRecorded(recorded);

  const { stateFile, recordedProcess } = root;
  switch (stateFile.kind) {
    case 'absent':
      return { kind: 'start' };
    case 'unreadable':
      return leave('singleton_unknown', `the state file cannot be read: ${stateFile.why}`);
    case 'malformed':
      return candidates.some(mayBelongHere) || isRecordedElsewhere(root, context.machine)
        ? leave('singleton_unknown', `the state file is malformed: ${stateFile.why}`)
        : { kind: 'start' };
    case 'read':
      break;
  }
  if (root.isRecordedDaemonGone) return { kind: 'start' };
  const { port } = stateFile;
  if (isRecordedElsewhere(root, context.machine))
    return leave('recorded_elsewhere', 'the daemon of this root runs on another machine or network');
  if (!isInRange(port, 'sync'))
    return leave('singleton_unknown', `the state file names port ${port}, which is no sync port`);
  if (candidates.some((candidate) => candidate.identity.port === port && mayBelongHere(candidate)))
    return leave('singleton_unknown', `the state file names port ${port}, where another daemon listens`);
  if (recordedProcess.kind === 'unreadable' || (recordedProcess.kind === 'alive' && recordedProcess.isDaemon))
    return leave(
      'singleton_unknown',
      `the state file names PID ${recordedProcess.pid}, which does not listen on a sync port`,
    );
  // Another user's process must not prevent a start, whatever PID and port it has. A daemon that the superuser started
  // in this root must.
  const superuserListens = candidates.some(
    ({ evidence: { socket } }) => socket.port === port && socket.uid === SUPERUSER,
  );
  if (recordedProcess.kind === 'alive' && recordedProcess.isDaemon === null && superuserListens)
    return leave(
      'singleton_unknown',
      `the state file names PID ${recordedProcess.pid} and port ${port}, where a process of the superuser listens`,
    );
  if (mayRunElsewhere(root, context)) return leave('recorded_elsewhere', NOT_SEEN_HERE);
  return { kind: 'start' };
}

const SUPERUSER = 0;

const NOT_SEEN_HERE =
  'the state file names a daemon that declares no lock, and may run where this command cannot look';

/**
 * Decides about the recorded daemon. An older daemon of this program is replaced. A newer daemon, a released one and
 * one of unknown version are never replaced.
 */
function decideAboutRecorded(daemon: IdentifiedCandidate): Decision {
  const { facts, shape, identity } = daemon;
  const who = `PID ${String(identity.pid)} on port ${identity.port}`;
  if (isRecordedThirdParty(daemon))
    return leave('singleton_unresponsive', `${who} is recorded, and is another program than a daemon`);
  if (facts.responder !== 'sync')
    return leave('singleton_unresponsive', `${who} is recorded and does not answer`);
  const isOwn = shape?.generation === 'own';
  if (facts.self_report === 'mismatch' || (isOwn && facts.self_report !== 'matches'))
    return leave('singleton_unproven', `${who} is recorded, but its identity is not proven`);
  return isOwn && facts.package_version === 'older' ? { kind: 'start' } : { kind: 'reuse', daemon };
}

/** Whether a listener may be a daemon of this root. An unknown fact counts as a possible match. */
function mayBelongHere({ facts }: IdentifiedCandidate): boolean {
  const isNoKnownDaemon = facts.spawn_shape === 'other' || facts.spawn_shape === 'unfamiliar';
  return !isNoKnownDaemon && facts.root_marker !== 'other' && facts.owner_user !== 'other';
}
