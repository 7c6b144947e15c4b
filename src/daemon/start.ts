import { join } from 'node:path';
import type { Machine, Observer } from '../machine/machine.js';
import { type Environment } from '../machine/runtime.js';
import type { Family } from '../model/family.js';
import { integerOf, objectOf, textOf } from '../model/json.js';
import { DAEMON_FILES } from '../model/root.js';
import { ownCommandLine, parseSpawnShape } from '../model/spawn-command.js';
import { CHECKOUT_VARIABLE, DAEMON_VARIABLES, LOCK_DESCRIPTOR, READY_DESCRIPTOR } from './settings.js';

/** The result of starting a daemon. `range_full`: every free port was taken before the daemon could listen on it. */
export type StartedDaemon =
  | { readonly kind: 'started'; readonly pid: number; readonly port: number }
  | { readonly kind: 'range_full' }
  | { readonly kind: 'failed'; readonly why: string };

export interface StartRequest {
  readonly family: Family;
  readonly root: string;
  /** Ports without a listener in the last scan, in the order to try them. */
  readonly ports: readonly number[];
  /** File descriptor that holds the start lock. */
  readonly lock: number;
  readonly environment: Environment;
}

const PROGRAMS: Readonly<Record<Family, string>> = {
  sync: 'dist/sync-daemon.cjs',
  dashboard: 'dist/dashboard-server.cjs',
};
/** A daemon is ready within 0.2 s; the rest is for an overloaded machine. */
const START_DEADLINE_MS = 8000;

/** Starts the daemon of a root on the first free port, and waits until the daemon has recorded itself. */
export async function startDaemon(
  machine: Machine,
  { family, root, ports, lock, environment }: StartRequest,
): Promise<StartedDaemon> {
  const found = machine.observer.files.realPath(root);
  if (!found.ok) return { kind: 'failed', why: `${root}: ${found.why}` };
  const directory = found.value;
  for (const port of ports) {
    const argv = argvFor(machine.observer, family, directory, port);
    // No scan would recognise a daemon with this command line, so no command would ever clean it up. It is not started.
    if (!parseSpawnShape(family, { elements: argv, exact: true }))
      return {
        kind: 'failed',
        why: `${machine.observer.self.executable} is not named node, so no later command would recognise its daemon`,
      };
    const answer = await machine.actor.programs.startDetached(argv, {
      env: environmentFor(machine.observer, family, environment),
      log: join(directory, DAEMON_FILES[family].log),
      inherited: { at: LOCK_DESCRIPTOR, descriptor: lock },
      answerDescriptor: READY_DESCRIPTOR,
      deadlineMs: START_DEADLINE_MS,
    });
    if (!answer.ok) return { kind: 'failed', why: answer.why };
    const fields = parse(answer.line);
    const pid = integerOf(fields?.['pid']);
    if (pid !== null) return { kind: 'started', pid, port };
    // Another process took the port after the scan.
    if (fields?.['code'] === 'EADDRINUSE') continue;
    return { kind: 'failed', why: textOf(fields?.['why']) ?? 'its answer could not be read' };
  }
  return { kind: 'range_full' };
}

function argvFor(observer: Observer, family: Family, root: string, port: number): readonly string[] {
  const id = observer.randomBytes(16).toString('hex');
  return ownCommandLine(family, [observer.self.executable, observer.files.packagePath(PROGRAMS[family])], {
    root,
    port,
    id,
  });
}

function environmentFor(
  observer: Observer,
  family: Family,
  environment: Environment,
): Record<string, string> {
  const inherited = DAEMON_VARIABLES[family].flatMap((name) => {
    const value = environment[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const checkout = family === 'sync' ? observer.self.workingDirectory() : null;
  return { ...Object.fromEntries(inherited), ...(checkout !== null && { [CHECKOUT_VARIABLE]: checkout }) };
}

function parse(line: string): Record<string, unknown> | null {
  try {
    return objectOf(JSON.parse(line));
  } catch {
    return null;
  }
}
