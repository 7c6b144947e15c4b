import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DashboardStartReport, DashboardStopReport } from '../../src/dashboard/view.js';
import { reportsBy } from './expect-report.js';
import type { Outcome, RunOptions } from './product.js';
import type { World } from './world.js';

const reportOf = reportsBy('dashboard-report');

interface Reports {
  readonly up: DashboardStartReport;
  readonly stop: DashboardStopReport;
}

/** Runs `dashboard … --json` in a project, and holds what it prints to the schema. */
async function dashboard<Name extends keyof Reports>(
  world: World,
  name: Name,
  options: RunOptions,
): Promise<Outcome & { readonly report: Reports[Name] }> {
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

/** The dashboard that a start came to; it must have come to one. */
export function readyDashboard({ report: { outcome } }: { readonly report: DashboardStartReport }) {
  if (outcome.kind !== 'ready') throw new Error(`no dashboard: ${JSON.stringify(outcome)}`);
  return outcome.dashboard;
}

/** What the records of our own dashboards say. */
export function dashboardRecords(project: string): readonly Record<string, unknown>[] {
  const folder = join(project, '.kittify/.dashboard.d/identity');
  return readdirSync(folder).map((name) => {
    return JSON.parse(readFileSync(join(folder, name), 'utf8')) as Record<string, unknown>;
  });
}
