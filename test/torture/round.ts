import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { createWorld, type World } from '../support/world.js';
import { type Member, startMember } from './cast.js';
import { act, ACTS, type Chaos, fatesOf, runTrouble, type Subject } from './chaos.js';
import { startDashboards } from './dashboards.js';
import { heal } from './heal.js';
import { randomFrom, type Random } from './random.js';
import { STATES, writeState } from './state.js';

export interface RoundResult {
  readonly seed: number;
  readonly listeners: number;
  readonly runs: number;
  readonly swept: number;
  /** Sent to daemons, by their own journals. */
  readonly signals: number;
  readonly recycled: number;
  /** What must not have happened, in words. */
  readonly violations: readonly string[];
}

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
    members.push(...(await startDashboards({ world, random })));
    const chaos = await unleash(world, random, members, subject);
    const violations = [
      ...fatesOf(members, chaos, state === 'corrupt'),
      ...chaos.runs.flatMap((run) => (run.wasKilled ? [] : runTrouble(run.act, run.outcome))),
      ...(await heal(world, members, chaos, subject)),
    ];
    return {
      seed,
      listeners: members.length,
      runs: chaos.runs.length,
      swept: members.filter((member) => !member.alive()).length - chaos.recycled.length,
      signals: signalsIn(world),
      recycled: chaos.recycled.length,
      violations: violations.map((words) => `${words} [state file: ${state}]`),
    };
  } finally {
    await world.close();
  }
}

const SIGNALS_OF: Readonly<Record<string, number>> = { terminate: 1, kill: 2 };

function signalsIn({ root, project }: World): number {
  const journals = [`${root}/sync/daemon/journal.jsonl`, `${project}/.kittify/.dashboard.d/journal.jsonl`];
  return journals
    .filter((path) => existsSync(path))
    .flatMap((path) => readFileSync(path, 'utf8').split('\n'))
    .map((line) => SIGNALS_OF[/"result":"(\w+)"/.exec(line)?.[1] ?? ''] ?? 0)
    .reduce((sum, signals) => sum + signals, 0);
}

/** Draws are made before anything runs: chance must not depend on who is quicker. */
async function unleash(
  world: World,
  random: Random,
  members: readonly Member[],
  subject: Subject,
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
    name: random.pick(ACTS),
    delayMs: random.integer(0, 150),
    killedAfterMs: random.chance(0.25) ? random.integer(30, 500) : undefined,
  }));
  const runs = await Promise.all(
    plans.map(async ({ name, delayMs, killedAfterMs }) => {
      await sleep(delayMs);
      const kill = killedAfterMs === undefined ? {} : { killedAfterMs };
      const outcome = await act(world, name, subject, kill);
      return { act: name, outcome, wasKilled: killedAfterMs !== undefined };
    }),
  );
  return { runs, recycled: recycler ? await recycler.finish() : [] };
}

/** Python starts slowly; more at once than these get in each other's way. */
function inGroups(ports: readonly number[]): readonly (readonly number[])[] {
  return Array.from({ length: Math.ceil(ports.length / 6) }, (_, index) =>
    ports.slice(index * 6, index * 6 + 6),
  );
}
