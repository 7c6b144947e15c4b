import { chownSync } from 'node:fs';
import { join } from 'node:path';
import type { SyncForgetReport } from '../../src/sync/status.js';
import type { RunOptions } from './product.js';
import { createWorld, type World } from './world.js';

/**
 * A user whose processes are those of one test: whether a state file can be cleared depends on all processes of its
 * user, also on those of tests that run at the same time.
 */
export const USER = 40_000 + (process.pid % 20_000);
export const AS_USER: RunOptions = { uid: USER };
/** Words of a command that runs the words after it as this user. */
export const BECOME_USER = `setpriv --reuid=${USER} --regid=${USER} --clear-groups`;

export type UserWorld = Awaited<ReturnType<typeof createUserWorld>>;

/** Creates a world with a runtime root and a project of that user. */
export async function createUserWorld() {
  const world = await createWorld();
  const home = join(world.folder, `home-${USER}`);
  const root = join(home, '.spec-kitty');
  const stateFile = join(root, 'sync-daemon');
  const own = (path: string): void => {
    chownSync(path, USER, USER);
  };
  await world.shell(`mkdir -p ${root} && chown -R ${USER}:${USER} ${home} ${world.project}`);
  return {
    world,
    home,
    root,
    stateFile,
    /** Gives a file to the user. */
    own,
    writeStateFile: (content: Parameters<World['writeStateFile']>[0]) => {
      world.writeStateFile(content, root);
      own(stateFile);
    },
    /** Runs `sync forget`. */
    forgotten: async (options = AS_USER, words: readonly string[] = []) => {
      const run = await world.run(['sync', 'forget', '--json', ...words], options);
      return { ...(run.json() as SyncForgetReport), code: run.code };
    },
  };
}
