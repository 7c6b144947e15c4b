import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { DashboardStartReport } from '../../src/dashboard/view.js';
import { isAbandoned, parseDraftName } from '../../src/model/draft.js';
import type { DoctorReport } from '../../src/report/report.js';
import type { SyncStatusReport } from '../../src/sync/status.js';
import type { RunResult } from '../support/product.js';
import { typed } from '../support/typed.js';
import type { World } from '../support/world.js';
import type { CommandName, TestListener } from './listeners.js';
import {
  runCommand,
  type CommandRuns,
  wrongfulEndings,
  parse,
  reportErrors,
  type Subject,
} from './commands.js';

/**
 * Follows the documented recovery and checks its result: one healthy recorded daemon, no other daemon of the root, no
 * other process ended, and no files left behind.
 * @returns what is wrong
 */
export async function recover(
  world: World,
  members: readonly TestListener[],
  chaos: CommandRuns,
  subject: Subject,
): Promise<readonly string[]> {
  const run = (name: CommandName): Promise<RunResult> => runCommand(world, name, subject);
  const first = parse((await run('doctor')).stdout) as DoctorReport | null;
  const endedByHand = await runRemedy(world, first, members);
  const reset = await run('reset');
  const start = await run('sync now');
  const { status, daemon } = await settledStatus(world);
  const last = parse((await run('doctor')).stdout) as DoctorReport;
  const dashboards = await recoverDashboards(world, members, run);

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
      // On an overloaded machine the recorded daemon may not answer in time.
      port !== daemon?.port,
  );
  return [
    ...reportErrors('reset', reset),
    ...reportErrors('sync now', start),
    ...wrongfulEndings(
      members.filter(
        ({ pid, mayBeEndedBy }) =>
          !endedByHand.has(pid) && (!mayBeEndedBy.includes('sync stop') || mayBeEndedBy.length > 1),
      ),
      { ...chaos, runs },
    ),
    ...(daemon?.state === 'healthy'
      ? []
      : [`not recovered: sync status says ${status.stdout} ${status.stderr} after ${start.stdout}`]),
    ...ofOurRoot.map(({ port, skip_reason: reason }) => {
      const why = entryOn(port, reset) ?? entryOn(port, start) ?? 'no command had it in its report';
      return `still there after recovery: ${port} ${String(reason)}: ${why}`;
    }),
    ...dashboards,
    ...leftovers(world.root, last),
  ];
}

/** Asks until the daemon is healthy, a few times: on an overloaded machine it may not answer in time. */
async function settledStatus(
  world: World,
): Promise<{ readonly status: RunResult; readonly daemon: SyncStatusReport['daemon'] }> {
  for (let tries = 1; ; tries++) {
    const status = await world.run(['sync', 'status', '--json']);
    const { daemon } = parse(status.stdout) as SyncStatusReport;
    if (daemon?.state === 'healthy' || tries === MOST_TRIES) return { status, daemon };
  }
}

const MOST_TRIES = 10;

/** Longer than a daemon of this test needs to exit. */
const EXIT_MS = 3000;

/**
 * Types the commands that doctor prints for a state file in doubt: one that ends the daemons that it may mean, or one
 * that clears it. In this PID namespace the operator has to vouch for what runs outside. A daemon that ignores `kill` is
 * ended as the text says.
 * @returns the PIDs of the processes that were ended by a typed command
 */
async function runRemedy(
  world: World,
  report: DoctorReport | null,
  members: readonly TestListener[],
): Promise<ReadonlySet<number>> {
  const ended = new Set<number>();
  const kill = async (command: string): Promise<void> => {
    const pids = command.split(' ').slice(1).map(Number);
    for (const pid of pids) ended.add(pid);
    await typed(world, command);
    const stays = (): readonly number[] =>
      members.flatMap(({ pid, alive }) => (pids.includes(pid) && alive() ? [pid] : []));
    for (const end = Date.now() + EXIT_MS; stays().length > 0 && Date.now() < end;) await delay(50);
    if (stays().length > 0) await typed(world, `kill -KILL ${stays().join(' ')}`);
  };
  const remedies = [...(report?.findings ?? []), ...(report?.candidates ?? [])];
  const commands = new Set(remedies.map(({ remediation }) => remediation?.command ?? ''));
  for (const command of commands) if (/^kill [\d ]+$/.test(command)) await kill(command);
  for (const command of commands) if (command.endsWith(' sync forget')) await typed(world, command);
  // The operator decides about each process that may be the daemon: here, that it is not needed.
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const { stderr } = await world.run(['sync', 'forget', '--ended-elsewhere']);
    const [command] = /kill \d+/.exec(stderr) ?? [];
    if (command === undefined) break;
    await kill(command);
  }
  return ended;
}

/** Checks that the project has one dashboard, unless one with a wrong token is in the way: it must not be ended. */
async function recoverDashboards(
  world: World,
  members: readonly TestListener[],
  run: (name: CommandName) => Promise<RunResult>,
): Promise<readonly string[]> {
  const stop = await run('dashboard --stop');
  await world.run(['dashboard', '--forget', '--ended-elsewhere'], { cwd: world.project });
  const start = await run('dashboard');
  const report = parse(start.stdout) as Partial<DashboardStartReport> | null;
  const isInTheWay = members.some(({ kind, alive }) => kind === 'lying dashboard' && alive());
  const folder = `${world.project}/.kittify/.dashboard.d/identity`;
  const records = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : [];
  const drafts = readdirSync(`${world.project}/.kittify`, { recursive: true, encoding: 'utf8' });
  return [
    ...reportErrors('dashboard --stop', stop),
    ...reportErrors('dashboard', start),
    ...(report?.outcome?.kind === 'ready' || isInTheWay
      ? []
      : [`no dashboard after recovery: ${start.stdout} after ${stop.stdout}`]),
    ...(records.length > 1 ? [`records left behind: ${records.join(', ')}`] : []),
    ...drafts.filter(isLeftDraft).map((name) => `left behind: ${name}`),
  ];
}

/** The entry for a port in the arrays of a command's report. */
function entryOn(port: number, { stdout }: RunResult): string | null {
  const report = parse(stdout) as Partial<DoctorReport> | null;
  const { swept = [], skipped = [], failed = [] } = report ?? {};
  const entry = [...swept, ...skipped, ...failed].find((one) => one.port === port);
  return entry ? JSON.stringify(entry) : null;
}

function leftovers(root: string, { candidates }: DoctorReport): readonly string[] {
  const folder = `${root}/sync/daemon/identity`;
  const records = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : [];
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const locks = names.filter(
    (name) => name.endsWith('.lock') && !records.includes(name.replace(/lock$/, 'json')),
  );
  const dead = records.filter((name) => {
    const { pid } = JSON.parse(readFileSync(`${folder}/${name}`, 'utf8')) as { pid: number };
    return candidates.every((candidate) => candidate.pid !== pid);
  });
  const drafts = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(isLeftDraft);
  return [...dead, ...locks, ...drafts].map((name) => `left behind: ${name}`);
}

/** Whether a file is a draft that a cleanup had to remove. The draft of a command that was just killed stays a minute. */
function isLeftDraft(name: string): boolean {
  if (!name.endsWith('.tmp')) return false;
  const draft = parseDraftName(basename(name));
  return draft === null || isAbandoned(draft, Date.now());
}
