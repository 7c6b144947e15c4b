import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readlinkSync } from 'node:fs';
import { hasNetworkNamespace, isRoot, SYSTEM_PATH, unshareFlags } from './requirements.js';

/** A network namespace of a test's own, so that its ports are free and only its own listeners are found. */
export interface Namespace {
  /** Words to put before a command to run it inside, as this user. The command is killed when the test process ends. */
  enter(uid?: number): readonly [string, ...string[]];
  /** Translates a PID inside to the PID in the test process's PID namespace. */
  outside(pid: number): number;
  /** Kills the processes inside and removes the namespace. */
  close(): Promise<void>;
}

export async function openNamespace(): Promise<Namespace> {
  if (!unshareFlags) throw new Error(hasNetworkNamespace.missing);
  const words = [
    ...unshareFlags,
    '--',
    'sh',
    '-c',
    KEEP_NAMESPACE,
    'holder',
    readlinkSync('/proc/self/ns/net'),
  ];
  const holder = spawn('unshare', words, { env: { PATH: SYSTEM_PATH }, stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(holder, 'exit');
  await Promise.race([once(holder.stdout, 'data'), ended]);
  if (holder.pid === undefined || holder.exitCode !== null) throw new Error('no network namespace');

  const namespaces = `/proc/${holder.pid}/ns`;
  const enterUser = unshareFlags.includes('--user')
    ? [`--user=${namespaces}/user`, '--preserve-credentials']
    : [];
  return {
    enter: (uid) => [
      'nsenter',
      ...enterUser,
      `--net=${namespaces}/net`,
      'setpriv',
      ...switchTo(uid),
      '--pdeathsig=KILL',
      '--',
    ],
    outside: (pid) => pid,
    close: async () => {
      holder.stdin.end();
      await ended;
    },
  };
}

/**
 * Keeps the namespace until its stdin ends, by `close` or by the end of this test process. Then it kills every process
 * in the namespace, so that a daemon which the product started does not survive a crashed test. It refuses to run in
 * the test process's own network namespace ($1).
 */
const KEEP_NAMESPACE = `
ip link set lo up && [ "$(readlink /proc/self/ns/net)" != "$1" ] || exit 1
echo ready
read -r _
for entry in $(find -L /proc/[0-9]*/ns/net -samefile /proc/self/ns/net 2>/dev/null); do
  pid=\${entry#/proc/}
  pid=\${pid%%/*}
  [ "$pid" = $$ ] || kill -KILL "$pid" 2>/dev/null
done
exit 0`;

/** Arguments of `setpriv` that switch to another user. */
export function switchTo(uid: number | undefined): readonly string[] {
  if (uid === undefined) return [];
  if (!isRoot.met) throw new Error(`cannot start anything as user ${uid}: ${isRoot.missing}`);
  return [`--reuid=${uid}`, `--regid=${uid}`, '--clear-groups'];
}
