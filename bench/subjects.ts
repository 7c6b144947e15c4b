import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Finished } from '../test/support/command.js';
import type { Daemon } from '../test/support/daemons.js';
import { HOSTED } from '../test/support/hosted.js';
import { type IncidentProfile, PROFILES } from '../test/support/incident.js';
import type { World } from '../test/support/world.js';

/** Something whose time is measured. */
export interface Subject {
  readonly name: string;
  /** @returns milliseconds, without the time for preparations */
  readonly measure: (world: World) => Promise<number>;
}

const BIN = resolve('dist/bin.cjs');

const ASK_EIGHTEEN = fileURLToPath(new URL('ask-eighteen.cjs', import.meta.url));
const IN_PROCESS = fileURLToPath(new URL('startup-in-process.mjs', import.meta.url));

/** Shell commands that list the listening ports of the range with common tools. */
export const LISTS: Readonly<Record<string, string>> = {
  lsof: "lsof -nP -iTCP:9400-9449 -sTCP:LISTEN -Fn | sed -n 's/^n.*://p'",
  ss: "ss -Hltn 'sport >= 9400 and sport < 9450' | awk '{ sub(/.*:/, \"\", $4); print $4 }'",
};

export const NODE: Subject = {
  name: 'node -e 0',
  measure: (world) => timed(world, () => world.command([process.execPath, '-e', '0']), 0),
};

/**
 * Returns a subject that lists the listening ports and probes the health of each with common tools, as `auth doctor`
 * does.
 */
export function askedByCurl(tool: string, list: string): Subject {
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

/** A program that only probes the health of 18 daemons: its time is that of the daemons' answers. */
export const ASKING: Subject = {
  name: 'asking 18 daemons from Node, and nothing else',
  measure: (world) => timed(world, () => world.command([process.execPath, ASK_EIGHTEEN]), 0),
};

export function policy(what: string, words: readonly string[], code: number): Subject {
  return {
    name: `policy ${what}`,
    measure: (world) => timed(world, () => product(world, ['policy', ...words]), code),
  };
}

export function inProcess(mode: 'startup' | 'tables', name: string): Subject {
  return {
    name,
    measure: async (world) => {
      const { stdout, stderr } = await world.command([process.execPath, IN_PROCESS, mode], HOSTED);
      if (!(Number(stdout) > 0)) throw new Error(stderr);
      return Number(stdout);
    },
  };
}

export function status(situation: string): Subject {
  return {
    name: `sync status, ${situation}`,
    measure: (world) => timed(world, () => product(world, ['sync', 'status']), 0),
  };
}

export function doctor(situation: string, code: number): Subject {
  return {
    name: `auth doctor, ${situation}`,
    measure: (world) => timed(world, () => product(world, ['auth', 'doctor']), code),
  };
}

/**
 * Returns a subject that resets `count` daemons. It also checks that every daemon is gone, because an incomplete sweep
 * would be faster.
 */
export function resetOf(count: number, profile: IncidentProfile): Subject {
  return {
    name: `auth doctor --reset, ${count} ${profile} daemon${count === 1 ? '' : 's'}`,
    measure: async (world) => {
      const daemons = await startSome(world, count, profile);
      const ms = await timed(world, () => product(world, ['auth', 'doctor', '--reset']), 0);
      const left = daemons.filter((daemon) => daemon.alive()).length;
      if (left > 0) throw new Error(`${left} of ${daemons.length} daemons are still there`);
      return ms;
    },
  };
}

function startSome(world: World, count: number, profile: IncidentProfile): Promise<readonly Daemon[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => start(world, 9400 + index, profile)));
}

export function start(world: World, port: number, profile: IncidentProfile): Promise<Daemon> {
  return world.startDaemon({ port, version: '3.2.4', ...PROFILES[profile] });
}

/**
 * Returns a subject that measures the time from SIGTERM to the exit of daemons that all get the signal at once, without
 * our product.
 */
export function exitOf(count: number, profile: IncidentProfile): Subject {
  return {
    name: count === 1 ? `exit of one ${profile} daemon` : `exit of ${count} ${profile} daemons at once`,
    measure: async (world) => {
      const daemons = await startSome(world, count, profile);
      const from = performance.now();
      for (const daemon of daemons) daemon.signal('SIGTERM');
      await Promise.all(daemons.map(({ exited }) => exited));
      return performance.now() - from;
    },
  };
}

/**
 * Runs the product as a user does, with colours not switched off. The tests set NO_COLOR, which would also skip the
 * detection of a terminal.
 */
function product(world: World, words: readonly string[]): Promise<Finished> {
  return world.command([process.execPath, BIN, ...words], { NO_COLOR: '' });
}

/**
 * Measures the time of a whole process, from its start until its output is closed, minus the time for entering the
 * namespace, which is measured just before.
 * @throws if the exit code is not the expected one
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
