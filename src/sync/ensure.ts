import { join } from 'node:path';
import { type Decision, leave, startAndClean, type StartPlan } from '../daemon/ensure.js';
import { DaemonIntent, type EnsureOptions, type SkipReason, type StartupOutcome } from '../daemon/outcome.js';
import { STARTUP_TARGETS } from '../enforcement/plan.js';
import { requestOf } from '../enforcement/request.js';
import { examine, type IdentifiedScan, judge, scanOwnListeners } from '../examine.js';
import type { Machine, Observer } from '../machine/machine.js';
import type { Environment } from '../machine/runtime.js';
import type { IdentifiedCandidate } from '../model/candidate.js';
import { isInRange } from '../model/family.js';
import type {} from '../model/product.js';
import { strip } from '../model/python-text.js';
import { err, ok, type Result } from '../model/result.js';
import { isRecordedElsewhere, trustIssueOf } from '../model/root-checks.js';
import { ROOT_FILES } from '../model/root.js';
import type { PolicyHandle } from '../model/verdict.js';
import { isCertified } from '../policy/certificate.js';
import { openPolicy } from '../policy/load.js';
import { plan } from '../reset.js';
import { conclude, degraded, type EnsureResult, summary, wasSwept } from './outcome.js';
import { runtimeRoot } from './runtime-root.js';
import { readSettings, type Settings, tableAt, textAt } from './settings-file.js';
import type { SyncQueue, SyncStartReport } from './status.js';

/** Asks the daemon of a start to upload what waits, unless the folder it is asked from has opted out. */
export async function askToDrain(
  machine: Machine,
  daemon: IdentifiedCandidate,
  { idle }: Pick<SyncQueue, 'idle'>,
): Promise<SyncStartReport['drain']> {
  if (idle?.why === 'opted_out') return 'not_asked';
  const answer = await requestOf(machine, daemon, 'sync/trigger');
  return answer?.kind === 'accepted' ? 'requested' : 'refused';
}

/** Whom a start would have to do something about. */
const NOBODY_ELSE = { candidates: [] };
/** The same, with the daemon itself for whoever has something to ask of it. */
export async function ensureDaemon(machine: Machine, options: EnsureOptions): Promise<EnsureResult> {
  const { intent, explicit = false } = options;
  try {
    const root = runtimeRoot(machine.observer, machine.observer.self.environment);
    if (!root.ok) return degraded(options, 'root_unusable', root.message);
    const skip = whySkipped(machine.observer, root.path, intent, machine.observer.self.environment, explicit);
    if (!skip.ok) return degraded(options, 'config_unreadable', skip.why);
    if (skip.value) return { outcome: { kind: 'skipped', ...skip.value }, candidate: null };
    const opened = openPolicy(machine.observer, null);
    if (!opened.ok) return degraded(options, 'policy_refused', opened.problems[0]?.message ?? '');
    return await ensureIn(machine, root.path, opened.policy, options);
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return degraded(options, 'internal_error', text);
  }
}

async function ensureIn(
  machine: Machine,
  root: string,
  policy: PolicyHandle,
  options: EnsureOptions,
): Promise<EnsureResult> {
  // The program that we run in gets its turns between what is loaded.
  if (!isCertified(await policy.compiled()))
    return degraded(
      options,
      'policy_refused',
      'the certificate of the policy is missing, or of another policy',
    );
  const around = await scanOwnListeners(machine.observer, 'sync', root);
  const distrust = trustIssueOf('sync', around.scan.root, around.scan.context.uid);
  if (distrust) return degraded(options, 'root_unusable', `${distrust.path} ${distrust.detail}`);
  // As most often, nobody is there but the one that is recorded: to leave it alone takes no verdict, and no rule engine.
  if (around.candidates.every(({ facts }) => facts.recorded_singleton === 'yes')) {
    const reuse = decide(around);
    if (reuse.kind === 'reuse') return conclude(options, NOBODY_ELSE, reuse, []);
  }
  let look = await judge(around.scan, policy);
  // One that is busy gets a second chance; together at most 1 s.
  if (isUnresponsive(decide(look))) look = await examine(machine.observer, root, policy, 'procfs', 'ours');
  const decision = decide(look);
  const hasTargets = plan(look, STARTUP_TARGETS).targets.length > 0;
  if (decision.kind !== 'start' && !hasTargets) return conclude(options, look, decision, []);

  const start: StartPlan = {
    family: 'sync',
    root,
    selection: STARTUP_TARGETS,
    askedBy: 'startup',
    judge: () => examine(machine.observer, root, policy, 'procfs', 'ours'),
    decide,
  };
  const first = await startAndClean(machine, start, decision);
  if (first.kind === 'busy') {
    return decision.kind === 'start'
      ? degraded(options, 'start_lock_busy', first.why)
      : conclude(options, look, decision, []);
  }
  if (first.kind === 'impossible') return degraded(options, 'root_unusable', first.why);
  const madeRoom = first.started?.kind === 'range_full' && first.result.some(wasSwept);
  const second = madeRoom ? await startAndClean(machine, start, decision) : null;
  return second?.kind === 'done' ? summary(options, second, first.result) : summary(options, first, []);
}

function isUnresponsive(decision: Decision): boolean {
  return decision.kind === 'leave' && decision.reason === 'singleton_unresponsive';
}

/**
 * Sees to it that the root of this user has exactly one healthy daemon (design: "Startup", FR-006, FR-007), and retires
 * at most what is provably ours and stale. Never throws, and signals nobody on silence: whatever is in the way, the
 * command that needed sync goes on.
 */
export async function ensureSyncDaemonOn(machine: Machine, options: EnsureOptions): Promise<StartupOutcome> {
  return (await ensureDaemon(machine, options)).outcome;
}

export interface Skip {
  readonly reason: SkipReason;
  readonly detail: string;
}

/**
 * Why this start is to do nothing, in the order of the design ("Startup"); null when it is to go on.
 * @param explicit the user typed `sync start`: what only keeps a daemon from being started by itself does not count
 * @returns not ok where `config.toml` does not say clearly what it should
 */
export function whySkipped(
  observer: Observer,
  root: string,
  intent: DaemonIntent,
  environment: Environment,
  explicit: boolean,
): Result<Skip | null> {
  const disabling = ['SPEC_KITTY_SYNC_DISABLE', 'SPEC_KITTY_SYNC_MINIMAL_IMPORT'].find((name) =>
    isTruthy(environment[name]),
  );
  if (disabling !== undefined && !explicit) return skip('disabled', `${disabling} is set`);
  if (!isTruthy(environment['SPEC_KITTY_ENABLE_SAAS_SYNC']))
    return skip('rollout_disabled', 'SPEC_KITTY_ENABLE_SAAS_SYNC is not set to 1');
  if (intent === DaemonIntent.LOCAL_ONLY) return skip('local_only', 'nothing hosted is needed');
  if (!observer.platform.canAct)
    return skip(
      'unsupported_platform',
      `background sync works on Linux only; this is ${observer.platform.name}`,
    );
  if (explicit) return ok(null);
  const config = readSettings(observer, join(root, ROOT_FILES.config));
  if (!config.ok) return config;
  const mode = textAt(config.value, 'sync', 'background_daemon');
  if (!mode.ok) return mode;
  if (mode.value === null && isNamed(config.value))
    return err(`${config.value.path}: [sync] background_daemon is empty`);
  return mode.value?.toLowerCase() === 'manual'
    ? skip('manual', 'config.toml says [sync] background_daemon = "manual"; `sync start` starts one')
    : ok(null);
}

function skip(reason: SkipReason, detail: string): Result<Skip> {
  return ok({ reason, detail });
}

/** Releases start nothing by themselves where the setting is there and empty. */
function isNamed(config: Settings): boolean {
  const sync = tableAt(config, 'sync');
  return sync.ok && 'background_daemon' in sync.value;
}

function isTruthy(value: string | undefined): boolean {
  return ['1', 'true', 'yes', 'y', 'on'].includes(strip(value ?? '').toLowerCase());
}

/** Decides from what was seen. Pure: a daemon is started only where it is certain that none is recorded and alive. */
function decide({ scan, candidates }: IdentifiedScan): Decision {
  const { listeners, root, context } = scan;
  if (!listeners.ok) return leave('could_not_look', listeners.why);
  const recorded = candidates.find(({ facts: { recorded_singleton: value } }) => value === 'yes');
  if (recorded) return aboutRecorded(recorded);

  const { stateFile, recordedProcess } = root;
  switch (stateFile.kind) {
    case 'absent':
      return { kind: 'start' };
    case 'unreadable':
      return leave('singleton_unknown', `the state file cannot be read: ${stateFile.why}`);
    case 'malformed':
      return candidates.some(mayBelongHere)
        ? leave('singleton_unknown', `the state file is malformed: ${stateFile.why}`)
        : { kind: 'start' };
    case 'read':
      break;
  }
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
      `the state file names PID ${recordedProcess.pid}, which was not seen to listen`,
    );
  return { kind: 'start' };
}

/** An older one of ours is succeeded; a newer one is never evicted, nor one whose version nobody can read. */
function aboutRecorded(daemon: IdentifiedCandidate): Decision {
  const { facts, shape, identity } = daemon;
  const who = `PID ${String(identity.pid)} on port ${identity.port}`;
  if (facts.responder !== 'sync')
    return leave('singleton_unresponsive', `${who} is recorded and does not answer`);
  const isOwn = shape?.generation === 'own';
  if (facts.self_report === 'mismatch' || (isOwn && facts.self_report !== 'matches'))
    return leave('singleton_unproven', `${who} is recorded, and what it says of itself is not proven`);
  return isOwn && facts.package_version === 'older' ? { kind: 'start' } : { kind: 'reuse', daemon };
}

/** Anybody of whom it is not certain that it is no daemon of this root. */
function mayBelongHere({ facts }: IdentifiedCandidate): boolean {
  return facts.spawn_shape !== 'other' && facts.root_marker !== 'other' && facts.owner_user !== 'other';
}
