import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import {
  CHECKOUT_VARIABLE,
  DAEMON_VARIABLES,
  LOCK_DESCRIPTOR,
  READY_DESCRIPTOR,
} from '../model/daemon-settings.js';
import { DAEMON_FILES } from '../model/daemon-files.js';
import type { Family } from '../model/family.js';
import { ownCommandLine, parseSpawnShape } from '../model/spawn-shape.js';
import { startDetached } from '../system/change/start-process.js';
import { crypto } from '../system/observe/crypto.js';
import { currentFolder } from '../system/observe/current-folder.js';
import { packagePath } from '../system/observe/package-path.js';
import { integerOf, objectOf, textOf } from '../system/observe/plain-json.js';
import { errorCode } from '../system/observe/system-error.js';

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
  readonly environment: NodeJS.ProcessEnv;
}

const PROGRAMS: Readonly<Record<Family, string>> = {
  sync: 'dist/sync-daemon.cjs',
  dashboard: 'dist/dashboard-server.cjs',
};
/** A daemon is ready within 0.2 s; on a machine that is on its knees it may take longer. */
const START_MS = 8000;

/** Starts the one daemon of a root on the first port that is free, and waits until it has recorded itself. */
export async function startDaemon({
  family,
  root,
  ports,
  lock,
  environment,
}: StartRequest): Promise<StartedDaemon> {
  let directory: string;
  try {
    directory = realpathSync(root);
  } catch (error) {
    return { kind: 'failed', why: `${root}: ${errorCode(error)}` };
  }
  for (const port of ports) {
    const argv = argvFor(family, directory, port);
    // Whoever is not recognised by its command line would never be cleaned up again.
    if (!parseSpawnShape(family, { elements: argv, exact: true }))
      return {
        kind: 'failed',
        why: `${process.execPath} is not called node, so its daemon would not be known again`,
      };
    const answer = await startDetached(argv, {
      env: environmentFor(family, environment),
      log: join(directory, DAEMON_FILES[family].log),
      inherited: { at: LOCK_DESCRIPTOR, descriptor: lock },
      answersAt: READY_DESCRIPTOR,
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

function argvFor(family: Family, root: string, port: number): readonly string[] {
  const id = crypto().randomBytes(16).toString('hex');
  return ownCommandLine(family, [process.execPath, packagePath(PROGRAMS[family])], { root, port, id });
}

function environmentFor(family: Family, environment: NodeJS.ProcessEnv): Record<string, string> {
  const kept = DAEMON_VARIABLES[family].flatMap((name) => {
    const value = environment[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const checkout = family === 'sync' ? currentFolder() : null;
  return { ...Object.fromEntries(kept), ...(checkout !== null && { [CHECKOUT_VARIABLE]: checkout }) };
}

function parse(line: string): Record<string, unknown> | null {
  try {
    return objectOf(JSON.parse(line));
  } catch {
    return null;
  }
}
