import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** What a test needs from the machine. If it is not met, the test is reported as skipped with the reason. */
export interface Requirement {
  readonly met: boolean;
  readonly missing: string;
}

/** The PATH of all programs that tests start, so that other software of a developer has no effect. */
export const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The interpreter itself: `python3` on a developer's PATH may be a slow shim, which would show in argv. */
export const python = findPython();
export const hasPython: Requirement = { met: python !== '', missing: 'python3 missing' };

/** Python 3.11 and later have a TOML parser. */
export const hasTomllib: Requirement = {
  met: python !== '' && works([python, '-c', 'import tomllib']),
  missing: 'Python 3.11 missing',
};

/** Flags with which `unshare` can make a network namespace: as root, or with a user namespace; null when it cannot. */
export const unshareFlags = [['--net'], ['--user', '--map-root-user', '--net']].find(canUnshare) ?? null;
export const hasNetworkNamespace: Requirement = {
  met: unshareFlags !== null,
  missing: 'no private network namespace (unshare, nsenter, setpriv, ip and find, and the right to use them)',
};

/** Needed to start processes of other users. */
export const isRoot: Requirement = {
  met: process.geteuid?.() === 0 && unshareFlags?.includes('--user') === false,
  missing: 'not root',
};

/** Needs real root: root of a user namespace has other rights. */
export const hasPidNamespace: Requirement = {
  met: isRoot.met && works(['unshare', '--pid', '--fork', '--kill-child', '--mount-proc', 'true']),
  missing: 'no PID namespace (root, and the right to mount /proc)',
};

/** A PID namespace in which the next process id can be chosen (CONFIG_CHECKPOINT_RESTORE). */
export const canChoosePid: Requirement = {
  met:
    hasPidNamespace.met &&
    works([
      ...['unshare', '--pid', '--fork', '--kill-child', '--mount-proc', 'sh', '-c'],
      'echo 4711 >/proc/sys/kernel/ns_last_pid',
    ]),
  missing: '/proc/sys/kernel/ns_last_pid cannot be written',
};

/** strace that can delay chosen system calls without stopping at the others. */
export const hasStrace: Requirement = {
  met: works(['strace', '-f', '--seccomp-bpf', '-o', '/dev/null', '-e', 'trace=kill', 'true']),
  missing: 'strace 5.3 or later missing, or not permitted',
};

/** Needed to mount a FUSE file system. */
export const hasFuse: Requirement = {
  met: isRoot.met && works(['sh', '-c', ': <>/dev/fuse']),
  missing: 'no /dev/fuse',
};

export function hasTools(...names: readonly string[]): Requirement {
  const missing = names.filter(
    (name) => !SYSTEM_PATH.split(':').some((folder) => existsSync(`${folder}/${name}`)),
  );
  return { met: missing.length === 0, missing: `${missing.join(', ')} missing` };
}

function findPython(): string {
  const system = '/usr/bin/python3';
  if (existsSync(system)) return system;
  const asked = spawnSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' });
  return asked.status === 0 ? asked.stdout.trim() : '';
}

function canUnshare(flags: readonly string[]): boolean {
  const script = 'ip link set lo up && nsenter --version && setpriv --version && find --version';
  const { status } = spawnSync('unshare', [...flags, '--', 'sh', '-c', script], {
    env: { PATH: SYSTEM_PATH },
  });
  return status === 0;
}

function works([command = '', ...words]: readonly string[]): boolean {
  return spawnSync(command, words, { env: { PATH: SYSTEM_PATH } }).status === 0;
}
