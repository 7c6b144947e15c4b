import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Finished } from '../test/support/command.js';
import { HOSTED } from '../test/support/hosted.js';
import type { Daemon } from '../test/support/daemons.js';
import { type IncidentProfile, PROFILES } from '../test/support/incident.js';
import type { World } from '../test/support/world.js';
import { exitCpuMs } from './exit-cpu.js';

/** Something that takes time, in milliseconds. What has to be prepared for it is prepared before its clock starts. */
export interface Subject {
  readonly name: string;
  readonly measure: (world: World) => Promise<number>;
}

/** What the median of the subject must not exceed: so many times the reference and some more, or so many milliseconds. */
export type Budget = { readonly times: number; readonly plusMs?: number } | { readonly ms: number };

/** A subject beside a reference, measured in turns, so that a busy machine slows both. */
export interface Scenario {
  readonly id: string;
  readonly subject: Subject;
  readonly reference: Subject;
  readonly rounds: number;
  /** What is there before the first round, and stays. */
  readonly prepare?: (world: World) => Promise<unknown>;
  /** Without one the figure is for comparison with later runs; one may rest on what is measured first. */
  readonly budget?: Budget | ((world: World) => Promise<Budget>);
}

/** One health question to everybody at once, and what all other work may take. */
const HEALTH_DEADLINE_MS = 500;
const OTHER_WORK_MS = 250;

const BIN = resolve('dist/bin.cjs');

/** What a reset may take beyond the daemons' own leaving. */
const SWEEP_MS = 500;

const SHIPPED_POLICY = resolve('policy/sync.yaml');
const IN_PROCESS = fileURLToPath(new URL('startup-in-process.mjs', import.meta.url));

/** How to list the ports that somebody listens on, with the usual tools. */
const LISTS: Readonly<Record<string, string>> = {
  lsof: "lsof -nP -iTCP:9400-9449 -sTCP:LISTEN -Fn | sed -n 's/^n.*://p'",
  ss: "ss -Hltn 'sport >= 9400 and sport < 9450' | awk '{ sub(/.*:/, \"\", $4); print $4 }'",
};

const NODE: Subject = {
  name: 'node -e 0',
  measure: (world) => timed(world, () => world.command([process.execPath, '-e', '0']), 0),
};

export const SCENARIOS: readonly Scenario[] = [
  {
    id: 'doctor_empty_range',
    subject: doctor('nothing there', 0),
    reference: NODE,
    rounds: 25,
    budget: { times: 1.35 },
  },
  {
    id: 'doctor_others_elsewhere',
    subject: doctor('nothing there, and two web servers on other ports', 0),
    reference: NODE,
    rounds: 25,
    prepare: startOthers,
  },
  {
    id: 'status_empty_range',
    subject: {
      name: 'sync status, nothing there',
      measure: (world) => timed(world, () => product(world, ['sync', 'status']), 0),
    },
    reference: NODE,
    rounds: 25,
    budget: { times: 1.35 },
  },
  {
    id: 'doctor_18_orphans',
    subject: doctor('18 orphans', 1),
    reference: NODE,
    rounds: 15,
    prepare: (world) => world.startIncident('quick'),
    budget: { times: 3 },
  },
  ...Object.entries(LISTS).map(([tool, list]) => ({
    id: `doctor_beside_${tool}`,
    subject: doctor('18 orphans', 1),
    reference: askedByCurl(tool, list),
    rounds: 15,
    prepare: (world: World) => world.startIncident('quick'),
  })),
  {
    id: 'doctor_50_silent',
    subject: doctor('50 silent listeners', 1),
    reference: NODE,
    rounds: 15,
    prepare: (world) => world.startSilent(Array.from({ length: 50 }, (_, index) => 9400 + index)),
    budget: { ms: HEALTH_DEADLINE_MS + OTHER_WORK_MS },
  },
  ...[1, 6, 18, 49].flatMap((count) => [resetScenario(count, 'quick'), resetScenario(count, 'slow')]),
  {
    id: 'startup_healthy',
    subject: inProcess(
      'startup',
      'start with a healthy singleton, inside a program, less its health question',
    ),
    reference: inProcess('tables', "reading the kernel's TCP tables"),
    rounds: 5,
    prepare: (world) => world.run(['sync', 'start'], { env: HOSTED }),
    budget: { times: 1.5, plusMs: 3 },
  },
  {
    id: 'startup_empty_range',
    subject: inProcess(
      'startup',
      'start that looks and leaves it at that, on an empty range, inside a program',
    ),
    reference: inProcess('tables', "reading the kernel's TCP tables"),
    rounds: 5,
    prepare: (world) => Promise.all([recordOutOfRange(world), startOthers(world)]),
    budget: { times: 1.5, plusMs: 2 },
  },
  {
    id: 'policy_prove',
    subject: policy('prove', ['prove'], 0),
    reference: NODE,
    rounds: 7,
    budget: { ms: 1000 },
  },
  {
    id: 'policy_diff',
    subject: policy('diff, shipped against itself', ['diff', SHIPPED_POLICY, SHIPPED_POLICY], 0),
    reference: NODE,
    rounds: 7,
    budget: { ms: 1000 },
  },
  {
    id: 'policy_prove_1000_rules',
    subject: policy('prove, a thousand rules more', ['prove', 'thousand.yaml'], 0),
    reference: NODE,
    rounds: 3,
    prepare: writeThousandRules,
  },
];

/** With somebody listening, the kernel has tables to print. */
function startOthers(world: World): Promise<unknown> {
  return Promise.all([world.startPlainHttp(8080), world.startPlainHttp(8081, { address: '::1' })]);
}

/** A daemon that is recorded where no sync daemon can be: a start has to look, and may not start another. */
async function recordOutOfRange({ root }: World): Promise<void> {
  await mkdir(root, { recursive: true });
  await writeFile(join(root, 'sync-daemon'), 'http://127.0.0.1:8080\n8080\n');
}

/** Within one exit, what all of them take of the cores that there are, and the sweep itself. */
function resetScenario(count: number, profile: IncidentProfile): Scenario {
  return {
    id: `reset_${count}_${profile}`,
    subject: resetOf(count, profile),
    reference: exitOf(profile),
    rounds: 15,
    budget: async (world) => {
      const cpuMs = await exitCpuMs(() => start(world, 9401, profile));
      return { times: 1, plusMs: Math.round((count * cpuMs) / availableParallelism() + SWEEP_MS) };
    },
  };
}

/** The same question as people ask it: who listens there, and what does each answer? */
function askedByCurl(tool: string, list: string): Subject {
  return {
    name: `${tool} and a loop of curl`,
    measure: (world) =>
      timed(
        world,
        () => world.shell(`for port in $(${list}); do curl -sm 1 127.0.0.1:$port/api/health || exit; done`),
        0,
      ),
  };
}

function policy(what: string, words: readonly string[], code: number): Subject {
  return {
    name: `policy ${what}`,
    measure: (world) => timed(world, () => product(world, ['policy', ...words]), code),
  };
}

/** Each of them decides nothing that the first of the shipped rules does not decide too. */
function writeThousandRules({ folder }: World): Promise<void> {
  const rule = (_: unknown, index: number): string =>
    `  - { id: r${index}, when: { port_range: outside }, then: { class: never_touch, reason: out_of_range }, why: x }\n`;
  const rules = Array.from({ length: 1000 }, rule).join('');
  const text = readFileSync(SHIPPED_POLICY, 'utf8').replace('rules:\n', `rules:\n${rules}`);
  return writeFile(join(folder, 'thousand.yaml'), text);
}

function inProcess(mode: 'startup' | 'tables', name: string): Subject {
  return {
    name,
    measure: async (world) => {
      const { stdout, stderr } = await world.command([process.execPath, IN_PROCESS, mode], HOSTED);
      if (!(Number(stdout) > 0)) throw new Error(stderr);
      return Number(stdout);
    },
  };
}

function doctor(situation: string, code: number): Subject {
  return {
    name: `auth doctor, ${situation}`,
    measure: (world) => timed(world, () => product(world, ['auth', 'doctor']), code),
  };
}

/** A sweep that left somebody out would be a fast one: every daemon must be gone. */
function resetOf(count: number, profile: IncidentProfile): Subject {
  return {
    name: `auth doctor --reset, ${count} ${profile} daemon${count === 1 ? '' : 's'}`,
    measure: async (world) => {
      const daemons = await Promise.all(
        Array.from({ length: count }, (_, index) => start(world, 9400 + index, profile)),
      );
      const ms = await timed(world, () => product(world, ['auth', 'doctor', '--reset']), 0);
      const left = daemons.filter((daemon) => daemon.alive()).length;
      if (left > 0) throw new Error(`${left} of ${daemons.length} daemons are still there`);
      return ms;
    },
  };
}

function start(world: World, port: number, profile: IncidentProfile): Promise<Daemon> {
  return world.startDaemon({ port, version: '3.2.4', ...PROFILES[profile] });
}

/** From the signal to the exit, without anything of ours between them. */
function exitOf(profile: IncidentProfile): Subject {
  return {
    name: `exit of one ${profile} daemon`,
    measure: async (world) => {
      const daemon = await start(world, 9401, profile);
      const from = performance.now();
      daemon.signal('SIGTERM');
      await daemon.exited;
      return performance.now() - from;
    },
  };
}

/**
 * As the reference is run, and as a user runs it: the tests switch colours off, and with them whatever finds out if
 * there could be any.
 */
function product(world: World, words: readonly string[]): Promise<Finished> {
  return world.command([process.execPath, BIN, ...words], { NO_COLOR: '' });
}

/**
 * The whole process, from its start until its output is closed, less the way into the private network, which is
 * measured right before it. A run that failed is no measurement.
 */
async function timed(world: World, run: () => Promise<Finished>, expectedCode: number): Promise<number> {
  const start = performance.now();
  await world.command(['true']);
  const from = performance.now();
  const { code, stderr } = await run();
  const end = performance.now();
  if (code !== expectedCode) throw new Error(`it ended with ${String(code)}: ${stderr}`);
  return end - from - (from - start);
}
