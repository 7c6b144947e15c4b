import { type Decision, leave } from '../daemon/decision.js';
import { ensureDaemon, type EnsuredDaemon } from '../daemon/ensure.js';
import { startRemedy, withFileCause } from '../daemon/remedy.js';
import { runAsOwner } from '../enforcement/locks.js';
import { DASHBOARD_START_TARGETS } from '../enforcement/plan.js';
import { during, scanWait } from '../enforcement/waits.js';
import type { IdentifiedScan } from '../examine.js';
import type { Machine, Observer } from '../machine/machine.js';
import type { IdentifiedCandidate } from '../model/candidate.js';
import { mayRunElsewhere } from '../model/root-checks.js';
import { remedyText } from '../model/root-problem.js';
import type { RootEvidence } from '../model/scan.js';
import { resultArrays } from '../report/build.js';
import { suspensionRemedy } from '../report/remedy.js';
import { ifItStays, inertName } from '../text/terminal.js';
import { examineDashboards } from './examine.js';
import type { DashboardCleanup, DashboardOutcome, NoDashboardReason } from './view.js';

/**
 * Ensures that a project has exactly one dashboard, and retires dashboards that are provably left over. Scans only the
 * dashboard ports, and contacts no sync daemon (C-002, C-003).
 * @param invocation how this program is called in a printed command
 */
export async function ensureDashboard(
  machine: Machine,
  project: string,
  invocation: string,
): Promise<DashboardOutcome> {
  const { observer } = machine;
  const { name, runsDaemons } = observer.platform;
  if (!runsDaemons)
    return degradedOutcome(
      'unsupported_platform',
      `dashboards work on Linux only; this is ${name}`,
      invocation,
    );
  const examine = (): ReturnType<typeof examineDashboards> => examineDashboards(observer, project);
  const judged = await during(machine, scanWait('dashboard'), examine());
  const foreign = foreignOwner(judged.scan.root, judged.scan.context.uid);
  if (foreign !== null) {
    const detail = `${inertName(project)} belongs to user ${foreign}, and we are user ${judged.scan.context.uid}`;
    const remedy = runAsOwner(observer, 'dashboard', project, foreign);
    return degradedOutcome('root_unusable', detail, invocation, NO_CLEANUP, remedy);
  }

  const result = await ensureDaemon(
    machine,
    {
      family: 'dashboard',
      root: project,
      selection: DASHBOARD_START_TARGETS,
      askedBy: 'dashboard',
      examine,
      decide,
    },
    judged,
  );
  const ensured = withFileCause(observer, 'dashboard', project, result, invocation);
  const { swept, failed } = resultArrays(ensured.result);
  if (ensured.kind === 'degraded') {
    const remedy = ensured.remedy ?? remedyForLeft(observer, ensured);
    return degradedOutcome(ensured.reason, ensured.detail, invocation, { swept, failed }, remedy);
  }
  const { daemon } = ensured;
  return {
    kind: 'ready',
    dashboard: { ...daemon, url: `http://127.0.0.1:${daemon.port}/` },
    swept,
    failed,
  };
}

/**
 * Returns the owner of the project folder if it is another user, else null. No dashboard is started there, because its
 * files would lock that user out.
 */
function foreignOwner({ directory }: RootEvidence, uid: number): number | null {
  if (directory.kind !== 'directory' || directory.access.owner === uid) return null;
  return directory.access.owner;
}

const NO_CLEANUP: DashboardCleanup = { swept: [], failed: [] };

/**
 * Returns what to do about the process because of which no dashboard was started; undefined if there is none, or if its
 * PID is unknown. A suspended process has to continue: SIGTERM does not end it, and it may be in use.
 */
function remedyForLeft(
  { processes }: Observer,
  { reason, judged }: Extract<EnsuredDaemon, { kind: 'degraded' }>,
): string | undefined {
  if (!reason.startsWith('singleton_')) return undefined;
  const left = blockingIn(judged);
  const pid = left?.identity.pid ?? null;
  if (!left || pid === null) return undefined;
  const activity = processes.activity(pid);
  const suspension = activity.ok ? activity.value.suspension : null;
  const remedy = suspension && suspensionRemedy(suspension, left);
  if (remedy) return remedyText(remedy);
  return `run it again; if the message stays, look at the process with \`ps -fp ${pid}\`, and end it yourself with \`kill ${pid}\` if it is not in use; ${ifItStays([pid])}`;
}

function degradedOutcome(
  reason: NoDashboardReason,
  detail: string,
  invocation: string,
  cleanup: DashboardCleanup = NO_CLEANUP,
  remedy = startRemedy('dashboard', reason, invocation),
): DashboardOutcome {
  return { kind: 'degraded', reason, detail, next_step: remedy, ...cleanup };
}

/**
 * Decides whether to reuse, start or leave the dashboard of this project. A dashboard that proves its identity is
 * reused unless the project records another dashboard; if the proven one is recorded and outdated, a new one replaces
 * it. No dashboard is started beside an unproven process that may be the recorded dashboard. Pure.
 */
export function decide({ scan, candidates }: IdentifiedScan): Decision {
  const { listeners, root, context } = scan;
  if (!listeners.ok) return leave('could_not_look', listeners.why);
  const ours = candidates.filter(isOfThisProject).toSorted(recordedFirst);
  const proven = ours.find(
    ({ facts: seen }) => seen.self_report === 'matches' && seen.recorded_singleton !== 'no',
  );
  if (proven) return isOutdated(proven) ? { kind: 'start' } : { kind: 'reuse', daemon: proven };
  const blocking = blockingIn({ candidates });
  if (blocking) return leaveTo(blocking);
  return mayRunElsewhere(root, context)
    ? leave(
        'recorded_elsewhere',
        'the dashboard of this project runs, or may run, where this command cannot look',
      )
    : { kind: 'start' };
}

/** Finds the dashboard of this project that is recorded, or may be. */
function blockingIn({ candidates }: Pick<IdentifiedScan, 'candidates'>): IdentifiedCandidate | undefined {
  return candidates
    .filter(isOfThisProject)
    .toSorted(recordedFirst)
    .find(({ facts: seen }) => seen.recorded_singleton !== 'no');
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

/**
 * Whether a dashboard is recorded and of an older version of this program. A newer or released dashboard is never
 * replaced.
 */
function isOutdated({ shape, facts }: IdentifiedCandidate): boolean {
  return shape?.generation === 'own' && isOlder(facts) && facts.recorded_singleton === 'yes';
}

function isOlder({ package_version: version }: IdentifiedCandidate['facts']): boolean {
  return version === 'older';
}

function leaveTo(dashboard: IdentifiedCandidate): Decision {
  const { identity, facts } = dashboard;
  const who = `PID ${String(identity.pid)} on port ${identity.port}`;
  if (!isRecorded(dashboard))
    return leave('singleton_unknown', `${who} may be the dashboard of this project`);
  return facts.responder === 'dashboard'
    ? leave('singleton_unproven', `${who} is recorded, but its identity is not proven`)
    : leave('singleton_unresponsive', `${who} is recorded and does not answer`);
}
