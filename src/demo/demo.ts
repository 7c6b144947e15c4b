import { existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInForeground, succeeds } from '../machine/spawn.js';

/** Why the demo could not be shown, or null when it was. */
export type DemoOutcome = { readonly message: string; readonly remedy: string } | null;

/** Beside this code in the bundle. */
const STORY = join(import.meta.dirname, 'story.cjs');

/** A world of its own: network, processes and `/proc`. Whatever runs in it ends with its first process. */
const PRIVATE = ['--net', '--pid', '--fork', '--kill-child', '--mount-proc'];
const LOOPBACK_UP = 'ip link set lo up && exec "$@"';

/**
 * Shows the incident in a throw-away root, in a private network namespace, so that nothing on the real machine is in
 * reach. Where there is none, only what changes nothing is shown.
 */
export async function demo(): Promise<DemoOutcome> {
  const python = await findPython();
  if (python === null) {
    return {
      message: 'the demo imitates old Python daemons, and python3 is missing',
      remedy: 'install python3',
    };
  }
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'spec-kitty-demo-'));
  // A Ctrl-C reaches the story too, which ends what it started; then the folder is removed here.
  process.once('SIGINT', () => undefined);
  try {
    const unshare = await privateWorld();
    const story = [process.execPath, STORY, folder, python];
    const argv = unshare ? [...unshare, 'sh', '-c', LOOPBACK_UP, 'sh', ...story] : [...story, 'look-only'];
    const { PATH = '/usr/bin:/bin', TERM = 'dumb', NO_COLOR } = process.env;
    const env = { PATH, TERM, ...(NO_COLOR === undefined ? {} : { NO_COLOR }) };
    const code = await runInForeground(argv, { env, cwd: folder });
    return code === 0 ? null : { message: `the demo ended with ${String(code)}`, remedy: 'run it once more' };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The command that opens a private world, or null where this user cannot have one. */
async function privateWorld(): Promise<readonly string[] | null> {
  for (const user of [[], ['--user', '--map-root-user']]) {
    const argv = ['unshare', ...user, ...PRIVATE, '--'];
    if (await succeeds([...argv, 'sh', '-c', LOOPBACK_UP, 'sh', 'true'])) return argv;
  }
  return null;
}

/** The interpreter itself: a shim would show in the command lines that the demo imitates. */
async function findPython(): Promise<string | null> {
  const found = ['/usr/bin/python3', '/usr/local/bin/python3', '/opt/homebrew/bin/python3'].find(existsSync);
  if (found !== undefined) return found;
  return (await succeeds(['python3', '-c', ''])) ? 'python3' : null;
}
