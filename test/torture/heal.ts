import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { DashboardStartReport } from '../../src/dashboard/view.js';
import type { DoctorReport } from '../../src/report/report.js';
import type { SyncStatusReport } from '../../src/sync/status.js';
import type { Outcome } from '../support/product.js';
import type { World } from '../support/world.js';
import type { Act, Member } from './cast.js';
import { act, type Chaos, fatesOf, parse, runTrouble, type Subject } from './chaos.js';

/**
 * The documented way out, and what it must lead to: one healthy recorded daemon, every other daemon of the root gone,
 * nobody else harmed, and nothing left lying about.
 */
export async function heal(
  world: World,
  members: readonly Member[],
  chaos: Chaos,
  subject: Subject,
): Promise<readonly string[]> {
  const run = (name: Act): Promise<Outcome> => act(world, name, subject);
  const first = parse((await run('doctor')).stdout) as DoctorReport | null;
  await putAside(world, first);
  const reset = await run('reset');
  const start = await run('sync now');
  const status = await world.run(['sync', 'status', '--json']);
  const { daemon } = parse(status.stdout) as SyncStatusReport;
  const last = parse((await run('doctor')).stdout) as DoctorReport;
  const dashboards = await healDashboards(world, members, run);

  const runs = [
    ...chaos.runs,
    ...(['reset', 'sync now', 'dashboard --stop', 'dashboard'] as const).map((name) => ({
      act: name,
      outcome: reset,
      wasKilled: false,
    })),
  ];
  const ofOurRoot = last.candidates.filter(
    ({ daemon_root: root, spawn_shape: shape, cleanup_class: cleanupClass, port }) =>
      shape === 'production' &&
      root === world.root &&
      cleanupClass !== 'never_touch' &&
      // On a machine that is on its knees the recorded one may not answer in time.
      port !== daemon?.port,
  );
  return [
    ...runTrouble('reset', reset),
    ...runTrouble('sync now', start),
    ...fatesOf(
      members.filter(({ mayGo }) => !mayGo.includes('sync stop') || mayGo.length > 1),
      { ...chaos, runs },
    ),
    ...(daemon?.state === 'healthy'
      ? []
      : [`not healed: sync status says ${status.stdout} ${status.stderr} after ${start.stdout}`]),
    ...ofOurRoot.map(({ port, skip_reason: reason }) => {
      const why = entryOn(port, reset) ?? entryOn(port, start) ?? 'no command had it in its report';
      return `still there after healing: ${port} ${String(reason)}: ${why}`;
    }),
    ...dashboards,
    ...leftovers(world.root, last),
  ];
}

/** Where a state file leaves it open who is recorded, doctor prints a command that puts it aside: as it stands there. */
async function putAside(world: World, report: DoctorReport | null): Promise<void> {
  const remedies = [...(report?.findings ?? []), ...(report?.candidates ?? [])];
  const command = remedies
    .map(({ remediation }) => remediation?.command)
    .find((line) => line?.startsWith(`mv -- ${world.root}/`));
  if (command != null) await world.shell(command);
}

/** One dashboard for the project, unless one that lies is in the way: nobody can prove that it may go. */
async function healDashboards(
  world: World,
  members: readonly Member[],
  run: (name: Act) => Promise<Outcome>,
): Promise<readonly string[]> {
  const stop = await run('dashboard --stop');
  const start = await run('dashboard');
  const report = parse(start.stdout) as Partial<DashboardStartReport> | null;
  const isInTheWay = members.some(({ kind, alive }) => kind === 'lying dashboard' && alive());
  const folder = `${world.project}/.kittify/.dashboard.d/identity`;
  const records = existsSync(folder) ? readdirSync(folder) : [];
  const drafts = readdirSync(`${world.project}/.kittify`, { recursive: true, encoding: 'utf8' });
  return [
    ...runTrouble('dashboard --stop', stop),
    ...runTrouble('dashboard', start),
    ...(report?.outcome?.kind === 'ready' || isInTheWay
      ? []
      : [`no dashboard after healing: ${start.stdout} after ${stop.stdout}`]),
    ...(records.length > 1 ? [`records left behind: ${records.join(', ')}`] : []),
    ...drafts.filter((name) => name.endsWith('.tmp')).map((name) => `left behind: ${name}`),
  ];
}

/** What a command said of a port in its arrays. */
function entryOn(port: number, { stdout }: Outcome): string | null {
  const report = parse(stdout) as Partial<DoctorReport> | null;
  const { swept = [], skipped = [], failed = [] } = report ?? {};
  const entry = [...swept, ...skipped, ...failed].find((one) => one.port === port);
  return entry ? JSON.stringify(entry) : null;
}

function leftovers(root: string, { candidates }: DoctorReport): readonly string[] {
  const folder = `${root}/sync/daemon/identity`;
  const records = existsSync(folder) ? readdirSync(folder) : [];
  const dead = records.filter((name) => {
    const { pid } = JSON.parse(readFileSync(`${folder}/${name}`, 'utf8')) as { pid: number };
    return candidates.every((candidate) => candidate.pid !== pid);
  });
  const drafts = readdirSync(root, { recursive: true }).filter((name) => String(name).endsWith('.tmp'));
  return [...dead, ...drafts].map((name) => `left behind: ${String(name)}`);
}
