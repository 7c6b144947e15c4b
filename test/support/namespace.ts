import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readlinkSync } from 'node:fs';
import { hasNetworkNamespace, isRoot, SYSTEM_PATH, unshareFlags } from './machine.js';

/** A private network: its ports are the test's own, and whatever scans them finds nobody else. */
export interface Namespace {
  /** The words in front of a command that run it inside, as this user, until this test process dies at the latest. */
  enter(uid?: number): readonly [string, ...string[]];
  /** The number that this test process knows a process by; inside it may have another. */
  outside(pid: number): number;
  /** Ends what is still running inside, then the namespace. */
  close(): Promise<void>;
}

export async function openNamespace(): Promise<Namespace> {
  if (!unshareFlags) throw new Error(hasNetworkNamespace.missing);
  const words = [...unshareFlags, '--', 'sh', '-c', HOLDER, 'holder', readlinkSync('/proc/self/ns/net')];
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
 * Keeps the namespace until its stdin ends: `close`, or the death of this test process. Then it ends everything in
 * there, so that not even a daemon which the product started survives a crashed test. It does nothing in the network
 * that the test runs in itself ($1).
 */
const HOLDER = `
ip link set lo up && [ "$(readlink /proc/self/ns/net)" != "$1" ] || exit 1
echo ready
read -r _
for entry in $(find -L /proc/[0-9]*/ns/net -samefile /proc/self/ns/net 2>/dev/null); do
  pid=\${entry#/proc/}
  pid=\${pid%%/*}
  [ "$pid" = $$ ] || kill -KILL "$pid" 2>/dev/null
done
exit 0`;

/** The words for `setpriv` that make it another user. */
export function switchTo(uid: number | undefined): readonly string[] {
  if (uid === undefined) return [];
  if (!isRoot.met) throw new Error(`cannot start anything as user ${uid}: ${isRoot.missing}`);
  return [`--reuid=${uid}`, `--regid=${uid}`, '--clear-groups'];
}
