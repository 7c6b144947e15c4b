import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Namespace, switchTo } from './namespace.js';
import { python, SYSTEM_PATH } from './requirements.js';

/** Whether the first process (PID 1) reaps the orphans that become its children. */
export type Init = 'reaps' | 'never-reaps';

const INIT = fileURLToPath(new URL('../fixtures/python/init.py', import.meta.url));

/**
 * Opens a PID namespace with its own `/proc` in the given network namespace. Closing it closes the network namespace.
 */
export async function openPidNamespace(network: Namespace, init: Init): Promise<Namespace> {
  const [command, ...words] = network.enter();
  const unshare = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc', '--', python, INIT, init];
  const holder = spawn(command, [...words, ...unshare], {
    env: { PATH: SYSTEM_PATH },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(holder, 'exit');
  await Promise.race([once(holder.stdout, 'data'), ended]);
  if (holder.pid === undefined || holder.exitCode !== null) throw new Error('no PID namespace');

  const first = onlyChildOf(holder.pid);
  const namespaces = `/proc/${first}/ns`;
  const inside = readlinkSync(`${namespaces}/pid`);
  return {
    enter: (uid) => [
      ...network.enter(),
      'nsenter',
      `--pid=${namespaces}/pid`,
      `--mount=${namespaces}/mnt`,
      '--',
      // Switch the user last, because another user may not enter the namespaces.
      ...(uid === undefined ? [] : ['setpriv', ...switchTo(uid), '--']),
    ],
    outside: (pid) => findOutside(pid, inside),
    close: async () => {
      holder.stdin.end();
      await ended;
      await network.close();
    },
  };
}

function onlyChildOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8'));
}

function findOutside(pid: number, namespace: string): number {
  const outside = readdirSync('/proc').find((entry) => numberInside(entry, namespace) === pid);
  if (outside === undefined) throw new Error(`no process ${pid} in ${namespace}`);
  return Number(outside);
}

/** The last number of `NSpid` is the PID in the process's own namespace. */
function numberInside(entry: string, namespace: string): number | null {
  if (!/^\d+$/.test(entry)) return null;
  try {
    if (readlinkSync(`/proc/${entry}/ns/pid`) !== namespace) return null;
    const status = readFileSync(`/proc/${entry}/status`, 'utf8');
    return Number(/^NSpid:.*\t(\d+)$/m.exec(status)?.[1]);
  } catch {
    return null;
  }
}
