import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import type { Build } from './builds.js';
import { describe, type Difference, differences } from './compare.js';
import type { Json } from './names.js';
import { type Recording, type Side, Stage, Unlucky } from './stage.js';

export interface Scenario {
  readonly name: string;
  readonly play: (stage: Stage) => Promise<void>;
  /** A daemon of ours is in it: each build's commands meet the daemon of each build. */
  readonly bothWays?: boolean;
}

interface Builds {
  readonly reference: Build;
  readonly candidate: Build;
}

interface Verified {
  readonly scenario: string;
  readonly differences: readonly Difference[];
  /** How often it was played until nothing differed, or in all. */
  readonly attempts: number;
}

/** A difference by chance, on a busy machine, does not repeat unchanged. */
const ATTEMPTS = 3;
/** How many differences are printed before a scenario is played again. */
const SHOWN = 4;
/** Worlds to try: one whose PID reads like a port is replaced. */
const WORLDS = 5;
/** PIDs are given in sequence: after as many short-lived processes none of them reads like a port. */
const PIDS_LIKE_PORTS = 1000;
/** Most of a scenario is waiting. */
const AT_ONCE = availableParallelism() + 1;

/** Plays all, several at once, with a line on stderr for each that is done. */
export async function verifyAll(
  scenarios: readonly Scenario[],
  builds: Builds,
): Promise<readonly Verified[]> {
  const left = [...scenarios];
  const verified: Verified[] = [];
  const work = async (): Promise<void> => {
    for (let scenario = left.shift(); scenario; scenario = left.shift()) {
      const from = performance.now();
      const result = await verify(scenario, builds);
      verified.push(result);
      const seconds = ((performance.now() - from) / 1000).toFixed(1);
      const found = result.differences.length === 0 ? 'equal' : `${result.differences.length} DIFFERENCES`;
      const again = result.attempts === 1 ? '' : `, ${result.attempts} attempts`;
      const done = `${verified.length}/${scenarios.length}`;
      process.stderr.write(`verify ${done} ${scenario.name}: ${found} (${seconds} s${again})\n`);
      for (const difference of result.differences) process.stderr.write(`${describe(difference)}\n`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return verified;
}

async function verify(scenario: Scenario, builds: Builds): Promise<Verified> {
  let before = new Set<string>();
  for (let attempts = 1; ; attempts++) {
    const found = await compareOnce(scenario, builds);
    const repeated = found.filter((difference) => before.has(describe(difference)));
    if (repeated.length > 0) return { scenario: scenario.name, differences: repeated, attempts };
    if (found.length === 0 || attempts === ATTEMPTS)
      return { scenario: scenario.name, differences: found, attempts };
    before = new Set(found.map(describe));
    for (const { at } of found.slice(0, SHOWN)) process.stderr.write(`verify   again, for ${at}\n`);
  }
}

async function compareOnce(
  scenario: Scenario,
  { reference, candidate }: Builds,
): Promise<readonly Difference[]> {
  const sides: readonly Side[] = [
    { name: 'new', command: candidate, daemon: candidate, looks: [] },
    ...(scenario.bothWays
      ? [
          { name: 'new command, old daemon', command: candidate, daemon: reference, looks: [] },
          { name: 'old command, new daemon', command: reference, daemon: candidate, looks: [] },
        ]
      : []),
  ];
  const old = { name: 'old', command: reference, daemon: reference, looks: [reference, candidate] };
  const was = await record(scenario, old);
  if (was instanceof Error) return [failed(scenario, old, was)];
  const looks = was.looks.flatMap((look) =>
    differences(look.was, look.is, `${scenario.name}: both look: ${look.title}`),
  );
  const found = [...looks];
  for (const side of sides) {
    const is = await record(scenario, side);
    if (is instanceof Error) found.push(failed(scenario, side, is));
    else found.push(...between(was, is, `${scenario.name}: ${side.name}`));
  }
  return found;
}

async function record(scenario: Scenario, side: Side): Promise<Recording | Error> {
  for (let world = 1; ; world++) {
    const stage = await Stage.open(side);
    try {
      await scenario.play(stage);
      return stage.finish();
    } catch (error) {
      if (!(error instanceof Unlucky) || world === WORLDS)
        return error instanceof Error ? error : new Error(String(error));
      execFileSync('sh', ['-c', `for pid in $(seq ${PIDS_LIKE_PORTS}); do (:); done`]);
    } finally {
      await stage.close();
    }
  }
}

function failed({ name }: Scenario, side: Side, error: Error): Difference {
  return { at: `${name}: ${side.name}`, was: 'played to its end', is: error.stack ?? error.message };
}

/** Step by step, while both take the same. */
function between(was: Recording, is: Recording, at: string): readonly Difference[] {
  const titles = ({ steps }: Recording): Json => steps.map(({ title }) => title);
  const found = differences(titles(was), titles(is), `${at}: steps`);
  return [
    ...found,
    ...was.steps.flatMap(({ title, value }, index) => {
      const other = is.steps[index];
      return other?.title === title ? differences(value, other.value, `${at}: ${title}`) : [];
    }),
  ];
}
