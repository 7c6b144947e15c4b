import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { HOSTED } from '../test/support/hosted.js';
import type { IncidentProfile } from '../test/support/incident.js';
import type { World } from '../test/support/world.js';
import { exitCpuMs } from './exit-cpu.js';
import {
  askedByCurl,
  ASKING,
  doctor,
  exitOf,
  inProcess,
  LISTS,
  NODE,
  policy,
  resetOf,
  start,
  status,
  type Subject,
} from './subjects.js';

/** Upper limit for the median of the subject: `times` the reference plus `plusMs`, or a time in milliseconds. */
export type Budget = { readonly times: number; readonly plusMs?: number } | { readonly ms: number };

/** A subject and a reference, measured alternately, so that a busy machine slows both. */
export interface Scenario {
  readonly id: string;
  readonly subject: Subject;
  readonly reference: Subject;
  readonly rounds: number;
  /** Runs once, before the first round. */
  readonly prepare?: (world: World) => Promise<unknown>;
  /**
   * The limit. Without a budget, the figure is for comparison with later runs. A function may first measure something
   * on which the budget depends.
   */
  readonly budget?: Budget | ((world: World) => Promise<Budget>);
}

/** The deadline of concurrent health probes, and the time for all other work. */
const HEALTH_DEADLINE_MS = 500;
const OTHER_WORK_MS = 250;

/** Time that a reset may take in addition to the exits of the daemons. */
const SWEEP_MS = 500;

/** Limits for the time of a proof, and for the time that a thousand additional rules may add. */
const PROVE_MS = 500;
const THOUSAND_RULES_MS = 3000;

const SHIPPED_POLICY = resolve('policy/sync.yaml');
export const SCENARIOS: readonly Scenario[] = [
  {
    id: 'doctor_empty_range',
    subject: doctor('nothing there', 0),
    reference: NODE,
    rounds: 75,
    budget: { times: 1.5 },
  },
  {
    id: 'doctor_others_elsewhere',
    subject: doctor('nothing there, and two web servers on other ports', 0),
    reference: NODE,
    rounds: 75,
    prepare: startOthers,
  },
  {
    id: 'status_empty_range',
    subject: status('nothing there'),
    reference: NODE,
    rounds: 75,
    budget: { times: 1.5 },
  },
  {
    id: 'doctor_18_orphans',
    subject: doctor('18 orphans', 1),
    reference: NODE,
    rounds: 15,
    prepare: (world) => world.startIncident('quick'),
  },
  {
    id: 'doctor_beside_asking',
    subject: doctor('18 orphans', 1),
    reference: ASKING,
    rounds: 15,
    prepare: (world) => world.startIncident('quick'),
    budget: { times: 2.8 },
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
    budget: { times: 1, plusMs: HEALTH_DEADLINE_MS + OTHER_WORK_MS },
  },
  {
    id: 'reset_incident',
    subject: resetOf(18, 'slow'),
    reference: exitOf(18, 'slow'),
    rounds: 15,
    budget: { times: 1.35 },
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
    budget: { times: 1.5, plusMs: 5 },
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
    budget: { times: 1.5, plusMs: 5 },
  },
  {
    id: 'policy_prove',
    subject: policy('prove', ['prove'], 0),
    reference: NODE,
    rounds: 15,
    budget: { ms: PROVE_MS },
  },
  {
    id: 'policy_diff',
    subject: policy('diff, shipped against itself', ['diff', SHIPPED_POLICY, SHIPPED_POLICY], 0),
    reference: NODE,
    rounds: 15,
    budget: { ms: 1000 },
  },
  {
    id: 'policy_prove_1000_rules',
    subject: policy('prove, a thousand rules more', ['prove', 'thousand.yaml'], 0),
    reference: NODE,
    rounds: 3,
    prepare: writeThousandRules,
    budget: { ms: PROVE_MS + THOUSAND_RULES_MS },
  },
];

/** Starts two listeners outside the range, so that the kernel's tables are not empty. */
function startOthers(world: World): Promise<unknown> {
  return Promise.all([world.startPlainHttp(8080), world.startPlainHttp(8081, { address: '::1' })]);
}

/** Records a daemon on a port where no sync daemon can be, so that startup scans and does not start a daemon. */
async function recordOutOfRange({ root }: World): Promise<void> {
  await mkdir(root, { recursive: true });
  await writeFile(join(root, 'sync-daemon'), 'http://127.0.0.1:8080\n8080\n');
}

/**
 * Makes the scenario of a reset of `count` daemons. Its budget is the time of one exit, the CPU time of all exits
 * divided by the number of cores, and `SWEEP_MS`.
 */
function resetScenario(count: number, profile: IncidentProfile): Scenario {
  return {
    id: `reset_${count}_${profile}`,
    subject: resetOf(count, profile),
    reference: exitOf(1, profile),
    rounds: 15,
    budget: async (world) => {
      const cpuMs = await exitCpuMs(() => start(world, 9401, profile));
      return { times: 1, plusMs: Math.round((count * cpuMs) / availableParallelism() + SWEEP_MS) };
    },
  };
}

/**
 * Writes the shipped policy with a thousand additional rules, which change no verdict: the first shipped rule decides
 * the same.
 */
function writeThousandRules({ folder }: World): Promise<void> {
  const rule = (_: unknown, index: number): string =>
    `  - { id: r${index}, when: { port_range: outside }, then: { class: never_touch, reason: out_of_range }, why: x }\n`;
  const rules = Array.from({ length: 1000 }, rule).join('');
  const text = readFileSync(SHIPPED_POLICY, 'utf8').replace('rules:\n', `rules:\n${rules}`);
  return writeFile(join(folder, 'thousand.yaml'), text);
}
