import { join } from 'node:path';
import type { Machine, Observer } from '../machine/machine.js';
import { type Environment } from '../machine/runtime.js';
import type { Family } from '../model/family.js';
import { integerOf, objectOf, textOf } from '../model/json.js';
import { DAEMON_FILES } from '../model/root.js';
import { ownCommandLine, parseSpawnShape } from '../model/spawn-command.js';
import { CHECKOUT_VARIABLE, DAEMON_VARIABLES, LOCK_DESCRIPTOR, READY_DESCRIPTOR } from './settings.js';

export type StartedDaemon =
  | { readonly kind: 'started'; readonly pid: number; readonly port: number }
  | { readonly kind: 'range_full' }
  | { readonly kind: 'failed'; readonly why: string };

export interface StartRequest {
  readonly family: Family;
  readonly root: string;
  /** Ports that nobody was seen to listen on, in order. */
  readonly ports: readonly number[];
  /** The open file that carries the lock of starts. */
  readonly lock: number;
  readonly environment: Environment;
}

const PROGRAMS: Readonly<Record<Family, string>> = {
  sync: 'dist/sync-daemon.cjs',
  dashboard: 'dist/dashboard-server.cjs',
};
/** A daemon is ready within 0.2 s; on a machine that is on its knees it may take longer. */
const START_MS = 8000;

/** Starts the one daemon of a root on the first port that is free, and waits until it has recorded itself. */
export async function startDaemon(
  machine: Machine,
  { family, root, ports, lock, environment }: StartRequest,
): Promise<StartedDaemon> {
  const found = machine.observer.files.realPath(root);
  if (!found.ok) return { kind: 'failed', why: `${root}: ${found.why}` };
  const directory = found.value;
  for (const port of ports) {
    const argv = argvFor(machine.observer, family, directory, port);
    // Whoever is not recognised by its command line would never be cleaned up again.
    if (!parseSpawnShape(family, { elements: argv, exact: true }))
      return {
        kind: 'failed',
        why: `${machine.observer.self.executable} is not called node, so its daemon would not be known again`,
      };
    const answer = await machine.actor.programs.startDetached(argv, {
      env: environmentFor(machine.observer, family, environment),
      log: join(directory, DAEMON_FILES[family].log),
      inherited: { at: LOCK_DESCRIPTOR, descriptor: lock },
      answerDescriptor: READY_DESCRIPTOR,
      deadlineMs: START_MS,
    });
    if (!answer.ok) return { kind: 'failed', why: answer.why };
    const fields = parse(answer.line);
    const pid = integerOf(fields?.['pid']);
    if (pid !== null) return { kind: 'started', pid, port };
    // Somebody took it in this very moment: the next one.
    if (fields?.['code'] === 'EADDRINUSE') continue;
    return { kind: 'failed', why: textOf(fields?.['why']) ?? 'it gave no answer that could be read' };
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
  const kept = DAEMON_VARIABLES[family].flatMap((name) => {
    const value = environment[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const checkout = family === 'sync' ? observer.self.workingDirectory() : null;
  return { ...Object.fromEntries(kept), ...(checkout !== null && { [CHECKOUT_VARIABLE]: checkout }) };
}

function parse(line: string): Record<string, unknown> | null {
  try {
    return objectOf(JSON.parse(line));
  } catch {
    return null;
  }
}
