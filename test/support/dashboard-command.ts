import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DashboardStartReport, DashboardStopReport } from '../../src/dashboard/view.js';
import { reportReader } from './expect-report.js';
import type { RunResult, RunOptions } from './product.js';
import type { World } from './world.js';

const reportOf = reportReader('dashboard-report');

interface Reports {
  readonly up: DashboardStartReport;
  readonly stop: DashboardStopReport;
}

/** Runs `dashboard … --json` in a project and validates its report against the schema. */
async function dashboard<Name extends keyof Reports>(
  world: World,
  name: Name,
  options: RunOptions,
): Promise<RunResult & { readonly report: Reports[Name] }> {
  const words = name === 'stop' ? ['dashboard', '--stop', '--json'] : ['dashboard', '--json'];
  const outcome = await world.run(words, { cwd: world.project, ...options });
  return { ...outcome, report: reportOf(outcome) as Reports[Name] };
}

export function dashboardUp(world: World, options: RunOptions = {}) {
  return dashboard(world, 'up', options);
}

export function dashboardStop(world: World, options: RunOptions = {}) {
  return dashboard(world, 'stop', options);
}

/** The dashboard that is ready after a start. @throws when none is */
export function readyDashboard({ report: { outcome } }: { readonly report: DashboardStartReport }) {
  if (outcome.kind !== 'ready') throw new Error(`no dashboard: ${JSON.stringify(outcome)}`);
  return outcome.dashboard;
}

/** The identity records of our own dashboards. */
export function dashboardRecords(project: string): readonly Record<string, unknown>[] {
  const folder = join(project, '.kittify/.dashboard.d/identity');
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Record<string, unknown>);
}
