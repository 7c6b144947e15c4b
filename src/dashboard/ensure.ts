import { type Attempt, type Decision, leave, startAndClean, type StartPlan } from '../daemon/ensure.js';
import type { ReadyDaemon } from '../daemon/outcome.js';
import type { StartedDaemon } from '../daemon/start.js';
import { DASHBOARD_START_TARGETS } from '../enforcement/plan.js';
import type { IdentifiedScan } from '../examine.js';
import type { Machine, Observer } from '../machine/machine.js';
import type { IdentifiedCandidate } from '../model/candidate.js';
import { PORT_RANGES } from '../model/family.js';
import { PACKAGE_VERSION } from '../model/product.js';
import { isRecordedElsewhere } from '../model/root-checks.js';
import type { RootEvidence } from '../model/scan.js';
import { resultArrays } from '../report/build.js';
import { plan } from '../reset.js';
import { examineDashboards } from './examine.js';
import type { DashboardCleanup, DashboardOutcome, NoDashboardReason } from './view.js';

/**
 * Sees to it that a project has exactly one dashboard, and retires what is provably left of earlier ones. Looks at
 * nothing but the dashboard range, and asks nothing of sync (C-002, C-003).
 * @param invocation what a printed command must start with
 */
export async function ensureDashboard(
  machine: Machine,
  project: string,
  invocation: string,
): Promise<DashboardOutcome> {
  if (!machine.observer.platform.canAct)
    return degraded(
      'unsupported_platform',
      `dashboards work on Linux only; this is ${machine.observer.platform.name}`,
      invocation,
    );
  const look = await examineDashboards(machine.observer, project);
  const foreign = whyForeign(look.scan.root, look.scan.context.uid);
  if (foreign !== null) return degraded('root_unusable', foreign, invocation);
  const decision = decide(look);
  if (decision.kind !== 'start' && plan(look, DASHBOARD_START_TARGETS).targets.length === 0)
    return conclude(decision, null, NOTHING_CLEANED, invocation);

  const tried = await startAndClean(machine, startOf(machine.observer, project), decision);
  if (tried.kind === 'busy')
    return decision.kind === 'start'
      ? degraded('start_lock_busy', tried.why, invocation)
      : conclude(decision, null, NOTHING_CLEANED, invocation);
  if (tried.kind === 'impossible') return degraded('root_unusable', tried.why, invocation);
  return conclude(tried.decision, tried.started, cleanupOf(tried), invocation);
}

const NOTHING_CLEANED: DashboardCleanup = { swept: [], failed: [] };

function startOf(observer: Observer, project: string): StartPlan {
  return {
    family: 'dashboard',
    root: project,
    selection: DASHBOARD_START_TARGETS,
    askedBy: 'dashboard',
    judge: () => examineDashboards(observer, project),
    decide,
  };
}

/** Our files in another user's project would keep that user out. */
function whyForeign({ path, directory }: RootEvidence, uid: number): string | null {
  if (directory.kind !== 'directory' || directory.access.owner === uid) return null;
  return `${path} belongs to user ${directory.access.owner}, and we are user ${uid}`;
}

function cleanupOf({ result }: Attempt): DashboardCleanup {
  const { swept, failed } = resultArrays(result);
  return { swept, failed };
}

function conclude(
  decision: Decision,
  started: StartedDaemon | null,
  cleanup: DashboardCleanup,
  invocation: string,
): DashboardOutcome {
  switch (started?.kind) {
    case undefined:
      break;
    case 'started': {
      const { pid, port } = started;
      return ready(
        { how: 'started', pid, port, generation: 'own', package_version: PACKAGE_VERSION },
        cleanup,
      );
    }
    case 'range_full':
      return degraded('range_full', 'all 100 dashboard ports are taken', invocation, cleanup);
    case 'failed':
      return degraded('start_failed', started.why, invocation, cleanup);
  }
  switch (decision.kind) {
    case 'reuse': {
      const { identity, shape } = decision.daemon;
      const { pid, port, packageVersion } = identity;
      const generation = shape?.generation === 'own' ? 'own' : 'python';
      return ready(
        // Only a listener whose process is known can be proven.
        { how: 'reused', pid: pid ?? 0, port, generation, package_version: packageVersion },
        cleanup,
      );
    }
    case 'leave':
      return degraded(decision.reason, decision.detail, invocation, cleanup);
    case 'start':
      throw new Error('a dashboard was to be started, and nobody tried');
  }
}

function ready(dashboard: ReadyDaemon, cleanup: DashboardCleanup): DashboardOutcome {
  const url = `http://127.0.0.1:${dashboard.port}/`;
  return { kind: 'ready', dashboard: { ...dashboard, url }, ...cleanup };
}

function degraded(
  reason: NoDashboardReason,
  detail: string,
  invocation: string,
  cleanup: DashboardCleanup = NOTHING_CLEANED,
): DashboardOutcome {
  return { kind: 'degraded', reason, detail, next_step: nextStepFor(reason, invocation), ...cleanup };
}

/**
 * What `spec-kitty dashboard` is to do about the one dashboard of its project. Pure. One that proves itself is used
 * unless the project records another; nothing is started beside one that may be the recorded one.
 */
export function decide({ scan, candidates }: IdentifiedScan): Decision {
  const { listeners, root, context } = scan;
  if (!listeners.ok) return leave('could_not_look', listeners.why);
  const ours = candidates.filter(isOfThisProject).toSorted(recordedFirst);
  const proven = ours.find(
    ({ facts: seen }) => seen.self_report === 'matches' && seen.recorded_singleton !== 'no',
  );
  if (proven) return isOutdated(proven) ? { kind: 'start' } : { kind: 'reuse', daemon: proven };
  const inTheWay = ours.find(({ facts: seen }) => seen.recorded_singleton !== 'no');
  if (inTheWay) return leave(...whyInTheWay(inTheWay));
  return isRecordedElsewhere(root, context.machine)
    ? leave('recorded_elsewhere', 'the dashboard of this project runs on another machine or network')
    : { kind: 'start' };
}

function isOfThisProject({ facts }: IdentifiedCandidate): boolean {
  return facts.spawn_shape === 'production' && facts.root_marker === 'same' && facts.owner_user === 'same';
}

function recordedFirst(one: IdentifiedCandidate, other: IdentifiedCandidate): number {
  return Number(isRecorded(other)) - Number(isRecorded(one));
}

function isRecorded({ facts }: IdentifiedCandidate): boolean {
  return facts.recorded_singleton === 'yes';
}

/** An older one of ours is succeeded; a newer one never, nor a released one. */
function isOutdated({ shape, facts }: IdentifiedCandidate): boolean {
  return shape?.generation === 'own' && isOlder(facts) && facts.recorded_singleton === 'yes';
}

function isOlder({ package_version: version }: IdentifiedCandidate['facts']): boolean {
  return version === 'older';
}

function whyInTheWay(dashboard: IdentifiedCandidate): Parameters<typeof leave> {
  const { identity, facts } = dashboard;
  const who = `PID ${String(identity.pid)} on port ${identity.port}`;
  if (!isRecorded(dashboard)) return ['singleton_unknown', `${who} may be the dashboard of this project`];
  return facts.responder === 'dashboard'
    ? ['singleton_unproven', `${who} is recorded, and what it says of itself is not proven`]
    : ['singleton_unresponsive', `${who} is recorded, and does not answer`];
}

/**
 * What helps where no dashboard could be had (pitfall 27). `--stop` is no help against what is in the way: it leaves
 * alone what does not prove itself, as a start does.
 */
function nextStepFor(reason: NoDashboardReason, invocation: string): string {
  switch (reason) {
    case 'unsupported_platform':
      return `${invocation} auth doctor`;
    case 'root_unusable':
      return 'run it as the user whose project it is; `.kittify` must be a folder that can be written, without links in it';
    case 'recorded_elsewhere':
      return 'stop it there, or remove `.kittify/.dashboard` if it is gone';
    case 'singleton_unknown':
    case 'singleton_unproven':
    case 'singleton_unresponsive':
      return 'run it again; should that process stay as it is, look at it with ps(1), and end it yourself if it is yours';
    case 'range_full':
      return `ss -ltnp 'sport >= :${first} and sport < :${end}'  # names who listens there`;
    case 'could_not_look':
      return 'run it where /proc can be read';
    case 'start_lock_busy':
    case 'start_failed':
      return `${invocation} dashboard`;
  }
}

const { first, end } = PORT_RANGES.dashboard;
