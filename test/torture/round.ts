import { existsSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DoctorReport } from '../../src/model/report.js';
import type { SyncStatusReport } from '../../src/model/sync-report.js';
import type { Outcome } from '../support/product.js';
import { createWorld, type World } from '../support/world.js';
import { type Act, type Member, startMember } from './cast.js';
import { randomFrom, type Random } from './random.js';
import { STATES, writeState } from './state.js';

export interface RoundResult {
  readonly seed: number;
  readonly listeners: number;
  readonly runs: number;
  readonly swept: number;
  readonly recycled: number;
  /** What must not have happened, in words. */
  readonly violations: readonly string[];
}

/** Which program is tortured; a weakened one shows that the rig can see. */
export interface Subject {
  readonly bin?: string;
}

const WORDS: Readonly<Record<Act, readonly string[]>> = {
  doctor: ['auth', 'doctor', '--json'],
  'reset only safe_auto': ['auth', 'doctor', '--reset', '--only', 'safe_auto', '--json'],
  reset: ['auth', 'doctor', '--reset', '--json'],
  'sync now': ['sync', 'now', '--json'],
  'sync stop': ['sync', 'stop', '--json'],
};
const ACTS = Object.keys(WORDS) as [Act, ...Act[]];
const ENVIRONMENT = { SPEC_KITTY_ENABLE_SAAS_SYNC: '1' };

/** One round: a random world, random commands in it at the same time, and a look at what became of everybody. */
export async function tortureRound(seed: number, subject: Subject = {}): Promise<RoundResult> {
  const random = randomFrom(seed);
  const world = await createWorld({ init: 'reaps' });
  try {
    const state = random.pick(STATES);
    const members = [...(await writeState(state, world, random))];
    const ports = random.shuffle(Array.from({ length: 48 }, (_, index) => 9401 + index));
    const size = random.chance(0.05) ? 40 : random.integer(1, 12);
    for (const group of inGroups(ports.slice(0, size))) {
      const started = await Promise.all(group.map((port) => startMember({ world, random }, port)));
      members.push(...started.flat());
    }
    const chaos = await unleash(world, random, members, subject);
    const violations = [
      ...fatesOf(members, chaos, state === 'corrupt'),
      ...chaos.runs.flatMap(({ act, outcome, wasKilled }) => (wasKilled ? [] : runTrouble(act, outcome))),
      ...(await heal(world, members, chaos, subject)),
    ];
    return {
      seed,
      listeners: members.length,
      runs: chaos.runs.length,
      swept: members.filter((member) => !member.alive()).length - chaos.recycled.length,
      recycled: chaos.recycled.length,
      violations: violations.map((words) => `${words} [state file: ${state}]`),
    };
  } finally {
    await world.close();
  }
}

interface Chaos {
  readonly runs: readonly { readonly act: Act; readonly outcome: Outcome; readonly wasKilled: boolean }[];
  /** Numbers that passed to innocent processes. */
  readonly recycled: readonly { readonly pid: number; readonly ended_by: number | null }[];
}

/** Draws are made before anything runs: chance must not depend on who is quicker. */
async function unleash(
  world: World,
  random: Random,
  members: readonly Member[],
  { bin }: Subject,
): Promise<Chaos> {
  const daemons = members.filter(({ isOfOurRoot }) => isOfOurRoot);
  const victims = random.chance(0.4) ? random.shuffle(daemons).slice(0, random.integer(1, 3)) : [];
  const recycler =
    victims.length > 0
      ? await world.startRecycler(
          random.next() * 0.2,
          victims.map(({ pid }) => pid),
        )
      : null;
  const plans = Array.from({ length: random.integer(1, 4) }, () => ({
    act: random.pick(ACTS),
    delayMs: random.integer(0, 150),
    killedAfterMs: random.chance(0.25) ? random.integer(30, 500) : undefined,
  }));
  const runs = await Promise.all(
    plans.map(async ({ act, delayMs, killedAfterMs }) => {
      await sleep(delayMs);
      const kill = killedAfterMs === undefined ? {} : { killedAfterMs };
      const outcome = await world.run(WORDS[act], {
        env: ENVIRONMENT,
        ...kill,
        ...(bin === undefined ? {} : { bin }),
      });
      return { act, outcome, wasKilled: killedAfterMs !== undefined };
    }),
  );
  return { runs, recycled: recycler ? await recycler.finish() : [] };
}

/**
 * Who ended, or was asked to, without one of the commands being allowed to.
 * @param isInDoubt nobody can tell which daemon of the root is recorded
 */
function fatesOf(
  members: readonly Member[],
  { runs, recycled }: Chaos,
  isInDoubt = false,
): readonly string[] {
  const innocents = recycled.flatMap(({ pid, ended_by: signal }) =>
    signal === null ? [] : [`the innocent new owner of PID ${pid} was ended by signal ${signal}`],
  );
  return [
    ...innocents,
    ...members.flatMap(({ kind, port, pid, alive, asked, mayGo, mayBeRecorded }) => {
      if (!(isInDoubt && mayBeRecorded) && runs.some(({ act }) => mayGo.includes(act))) return [];
      const who = `${kind} on ${port} (PID ${pid})`;
      const wasEnded = !alive() && !recycled.some((number) => number.pid === pid);
      return [
        ...(wasEnded ? [`${who} was ended`] : []),
        ...(asked() > 0 ? [`${who} was asked to leave`] : []),
      ];
    }),
  ];
}

/** A command that was not killed ends properly, and its report adds up. */
function runTrouble(act: Act, { code, stdout, stderr }: Outcome): readonly string[] {
  const report = parse(stdout) as Partial<DoctorReport> | null;
  if (code === null || !report) return [`${act} ended with ${String(code)}: ${stdout} ${stderr}`];
  if (/internal[ _]error/.test(stdout + stderr)) return [`${act} had an internal error: ${stdout} ${stderr}`];
  const { candidates, swept, skipped, failed } = report;
  if (!candidates || !swept || !skipped || !failed) return [];
  const key = ({ port, pid }: { port: number; pid: number | null }): string => `${port} ${String(pid)}`;
  const entries = [...swept, ...skipped, ...failed].map(key).sort();
  return JSON.stringify(entries) === JSON.stringify(candidates.map(key).sort())
    ? []
    : [`the ledger of ${act} does not add up: ${entries.join(', ')}`];
}

/**
 * The documented way out, and what it must lead to: one healthy recorded daemon, every other daemon of the root gone,
 * nobody else harmed, and nothing left lying about.
 */
async function heal(
  world: World,
  members: readonly Member[],
  chaos: Chaos,
  { bin }: Subject,
): Promise<readonly string[]> {
  const run = (act: Act): Promise<Outcome> =>
    world.run(WORDS[act], { env: ENVIRONMENT, ...(bin === undefined ? {} : { bin }) });
  const stateFile = `${world.root}/sync-daemon`;
  const first = parse((await run('doctor')).stdout) as DoctorReport | null;
  if (first?.findings.some(({ id }) => id === 'state_file_unusable'))
    renameSync(stateFile, `${stateFile}.unusable`);
  const reset = await run('reset');
  const start = await run('sync now');
  const status = await world.run(['sync', 'status', '--json'], { env: ENVIRONMENT });
  const { daemon } = parse(status.stdout) as SyncStatusReport;
  const last = parse((await run('doctor')).stdout) as DoctorReport;

  const runs = [
    ...chaos.runs,
    ...(['reset', 'sync now'] as const).map((act) => ({ act, outcome: reset, wasKilled: false })),
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
    ...leftovers(world.root, last),
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

/** Python starts slowly; more at once than these get in each other's way. */
function inGroups(ports: readonly number[]): readonly (readonly number[])[] {
  return Array.from({ length: Math.ceil(ports.length / 6) }, (_, index) =>
    ports.slice(index * 6, index * 6 + 6),
  );
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return null;
  }
}
