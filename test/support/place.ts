import { chmodSync, chownSync, mkdirSync, mkdtempSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Processes } from './processes.js';

/** Where a test's processes live: one temporary folder for all files, and one namespace for all sockets. */
export interface Place {
  readonly folder: string;
  /** The home directory of the user that the product runs as, unless a test says otherwise. */
  readonly home: string;
  /** Its runtime root. */
  readonly root: string;
  /** A Spec Kitty project. */
  readonly project: string;
  readonly processes: Processes;
}

export function createPlace(processes: Processes): Place {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'spec-kitty-test-'));
  // Daemons of other users look in here too, and write their journals.
  chmodSync(folder, 0o755);
  const home = join(folder, 'home');
  mkdirSync(home);
  const project = join(folder, 'project');
  mkdirSync(join(project, '.kittify'), { recursive: true });
  mkdirSync(join(folder, 'journals'));
  chmodSync(join(folder, 'journals'), 0o1777);
  return { folder, home, root: join(home, '.spec-kitty'), project, processes };
}

/** A home directory for another user, made when first asked for; the test's own user has `home`. */
export function homeOf({ folder, home }: Place, uid: number | undefined): string {
  if (uid === undefined) return home;
  const other = join(folder, `home-${uid}`);
  if (mkdirSync(other, { recursive: true })) chownSync(other, uid, uid);
  return other;
}
