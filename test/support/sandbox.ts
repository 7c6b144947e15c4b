import { chmodSync, chownSync, mkdirSync, mkdtempSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Processes } from './processes.js';

/** The environment of a test's processes: a temporary folder for all files and a namespace for all sockets. */
export interface Sandbox {
  readonly folder: string;
  /** The default home directory of the product. */
  readonly home: string;
  /** The runtime root in that home directory. */
  readonly root: string;
  /** A Spec Kitty project. */
  readonly project: string;
  readonly processes: Processes;
}

export function createSandbox(processes: Processes): Sandbox {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'spec-kitty-test-'));
  // Daemons of other users read this folder too, and write their journals.
  chmodSync(folder, 0o755);
  const home = join(folder, 'home');
  mkdirSync(home);
  const project = join(folder, 'project');
  mkdirSync(join(project, '.kittify'), { recursive: true });
  mkdirSync(join(folder, 'journals'));
  chmodSync(join(folder, 'journals'), 0o1777);
  return { folder, home, root: join(home, '.spec-kitty'), project, processes };
}

/** The home directory of a user: `home` for the test's own user, otherwise one that is created at the first call. */
export function homeOf({ folder, home }: Sandbox, uid: number | undefined): string {
  if (uid === undefined) return home;
  const other = join(folder, `home-${uid}`);
  if (mkdirSync(other, { recursive: true })) chownSync(other, uid, uid);
  return other;
}
