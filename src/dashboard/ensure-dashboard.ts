import { WISH_AT_DASHBOARD_START } from '../action/plan.js';
import type { Decision } from '../lifecycle/decision.js';
import { type Attempt, type Start, startAndClean } from '../lifecycle/start-and-clean.js';
import type { StartedDaemon } from '../lifecycle/start-daemon.js';
import type { DashboardCleanup, DashboardOutcome, NoDashboardReason } from '../model/dashboard-report.js';
import type { RootEvidence } from '../model/evidence.js';
import { HERE } from '../model/platform.js';
import type { ReadyDaemon } from '../model/startup.js';
import { PACKAGE_VERSION } from '../model/version.js';
import { plan } from '../pipeline/plan.js';
import { examineDashboards } from '../pipeline/dashboards.js';
import { ledgerArrays } from '../report/ledger-arrays.js';
import { decide } from './decide.js';
import { nextStepFor } from './next-step.js';

/**
 * Sees to it that a project has exactly one dashboard, and retires what is provably left of earlier ones. Looks at
 * nothing but the dashboard range, and asks nothing of sync (C-002, C-003).
 * @param invocation what a printed command must start with
 */
export async function ensureDashboard(project: string, invocation: string): Promise<DashboardOutcome> {
  if (!HERE.canAct)
    return degraded(
      'unsupported_platform',
      `dashboards work on Linux only; this is ${HERE.name}`,
      invocation,
    );
  const look = await examineDashboards(project);
  const foreign = whyForeign(look.facts.root, look.facts.observer.uid);
  if (foreign !== null) return degraded('root_unusable', foreign, invocation);
  const decision = decide(look);
  if (decision.kind !== 'start' && plan(look, WISH_AT_DASHBOARD_START).targets.length === 0)
    return conclude(decision, null, NOTHING_CLEANED, invocation);

  const tried = await startAndClean(startOf(project), decision);
  if (tried.kind === 'busy')
    return decision.kind === 'start'
      ? degraded('start_lock_busy', tried.why, invocation)
      : conclude(decision, null, NOTHING_CLEANED, invocation);
  if (tried.kind === 'impossible') return degraded('root_unusable', tried.why, invocation);
  return conclude(tried.decision, tried.started, cleanupOf(tried), invocation);
}

const NOTHING_CLEANED: DashboardCleanup = { swept: [], failed: [] };

function startOf(project: string): Start {
  return {
    family: 'dashboard',
    root: project,
    wish: WISH_AT_DASHBOARD_START,
    askedBy: 'dashboard',
    look: () => examineDashboards(project),
    decide,
  };
}

/** Our files in another user's project would keep that user out. */
function whyForeign({ path, directory }: RootEvidence, uid: number): string | null {
  if (directory.kind !== 'directory' || directory.access.owner === uid) return null;
  return `${path} belongs to user ${directory.access.owner}, and we are user ${uid}`;
}

function cleanupOf({ ledger }: Attempt): DashboardCleanup {
  const { swept, failed } = ledgerArrays(ledger);
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
