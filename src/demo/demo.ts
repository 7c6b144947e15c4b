import { existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInForeground, succeeds } from '../machine/spawn.js';

/** Why the demo could not be played; null if it was played. */
export type DemoOutcome = { readonly message: string; readonly remedy: string } | null;

/** Program of the demo. The build puts it beside the bundle of this file. */
const STORY = join(import.meta.dirname, 'story.cjs');

/**
 * Options of `unshare` for private network and PID namespaces with a `/proc` of their own. All processes in them end
 * with the first one.
 */
const PRIVATE = ['--net', '--pid', '--fork', '--kill-child', '--mount-proc'];
const LOOPBACK_UP = 'ip link set lo up && exec "$@"';

/**
 * Plays the incident in a temporary root and a private network namespace, so that no other process of the machine is in
 * reach. If this user may not create such a namespace, plays only the commands that change nothing.
 */
export async function demo(): Promise<DemoOutcome> {
  const python = await findPython();
  if (python === null) {
    return {
      message: 'the demo imitates old Python daemons, and this machine has no python3',
      remedy: 'install python3',
    };
  }
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'spec-kitty-demo-'));
  // Ctrl-C reaches the story too. It must not end this process, which removes the folder after the story has ended.
  process.once('SIGINT', () => undefined);
  try {
    const unshare = await privateNamespaces();
    const story = [process.execPath, STORY, folder, python];
    const argv = unshare ? [...unshare, 'sh', '-c', LOOPBACK_UP, 'sh', ...story] : [...story, 'look-only'];
    const { PATH = '/usr/bin:/bin', TERM = 'dumb', NO_COLOR } = process.env;
    const env = { PATH, TERM, ...(NO_COLOR === undefined ? {} : { NO_COLOR }) };
    const code = await runInForeground(argv, { env, cwd: folder });
    return code === 0
      ? null
      : { message: `the demo ended with exit code ${String(code)}`, remedy: 'run it again' };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Returns the command that creates the private namespaces; null if this user may not create them. */
async function privateNamespaces(): Promise<readonly string[] | null> {
  for (const user of [[], ['--user', '--map-root-user']]) {
    const argv = ['unshare', ...user, ...PRIVATE, '--'];
    if (await succeeds([...argv, 'sh', '-c', LOOPBACK_UP, 'sh', 'true'])) return argv;
  }
  return null;
}

/**
 * Finds Python, or returns null. Prefers the interpreter itself to the PATH, because a version manager's shim would
 * change the imitated command lines.
 */
async function findPython(): Promise<string | null> {
  const found = ['/usr/bin/python3', '/usr/local/bin/python3', '/opt/homebrew/bin/python3'].find(existsSync);
  if (found !== undefined) return found;
  return (await succeeds(['python3', '-c', ''])) ? 'python3' : null;
}
