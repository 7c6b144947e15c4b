import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { createWorld, type World } from '../support/world.js';
import { type TestListener, startListener } from './listeners.js';
import {
  runCommand,
  COMMANDS,
  type CommandRuns,
  wrongfulEndings,
  reportErrors,
  type Subject,
} from './commands.js';
import { startDashboards } from './dashboards.js';
import { recover } from './recover.js';
import { randomFrom, type Random } from './random.js';
import { STATES, writeState } from './state-files.js';

export interface RoundResult {
  readonly seed: number;
  readonly listeners: number;
  readonly runs: number;
  readonly swept: number;
  /** Signals sent, counted from the journals. */
  readonly signals: number;
  /** PIDs that were reused by unrelated processes. */
  readonly recycled: number;
  /** What went wrong, in words. */
  readonly violations: readonly string[];
}

/** One round: starts random listeners, runs random commands concurrently, and checks which listeners ended. */
export async function tortureRound(seed: number, subject: Subject = {}): Promise<RoundResult> {
  const random = randomFrom(seed);
  const world = await createWorld({ init: 'reaps' });
  try {
    const state = random.pick(STATES);
    const members = [...(await writeState(state, world, random))];
    const ports = random.shuffle(Array.from({ length: 48 }, (_, index) => 9401 + index));
    const size = random.chance(0.05) ? 40 : random.integer(1, 12);
    for (const group of inGroups(ports.slice(0, size))) {
      const started = await Promise.all(group.map((port) => startListener({ world, random }, port)));
      members.push(...started.flat());
    }
    members.push(...(await startDashboards({ world, random })));
    const chaos = await runCommands(world, random, members, subject);
    const violations = [
      ...wrongfulEndings(members, chaos, state === 'corrupt'),
      ...chaos.runs.flatMap((run) => (run.wasKilled ? [] : reportErrors(run.act, run.outcome))),
      ...(await recover(world, members, chaos, subject)),
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

/** All random choices are made before the commands run, so that they do not depend on timing. */
async function runCommands(
  world: World,
  random: Random,
  members: readonly TestListener[],
  subject: Subject,
): Promise<CommandRuns> {
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
    name: random.pick(COMMANDS),
    delayMs: random.integer(0, 150),
    killedAfterMs: random.chance(0.25) ? random.integer(30, 500) : undefined,
  }));
  const runs = await Promise.all(
    plans.map(async ({ name, delayMs, killedAfterMs }) => {
      await sleep(delayMs);
      const kill = killedAfterMs === undefined ? {} : { killedAfterMs };
      const outcome = await runCommand(world, name, subject, kill);
      return { act: name, outcome, wasKilled: killedAfterMs !== undefined };
    }),
  );
  return { runs, recycled: recycler ? await recycler.finish() : [] };
}

/** Groups of six: more Python programs starting at once slow each other down. */
function inGroups(ports: readonly number[]): readonly (readonly number[])[] {
  return Array.from({ length: Math.ceil(ports.length / 6) }, (_, index) =>
    ports.slice(index * 6, index * 6 + 6),
  );
}
