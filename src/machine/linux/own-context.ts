import { isUtf8 } from 'node:buffer';
import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import type { MachineIdentity, VisibleProcesses } from '../../model/evidence.js';
import { currentFolder } from '../runtime.js';
import { optionsOfMount } from './mounts.js';
import { readStat } from './processes.js';

/**
 * Reads the ids of the machine, its boot and our network namespace: PIDs, start times and ports are valid only within
 * these.
 */
export function readMachineIdentity(): MachineIdentity {
  return {
    machineId: nonEmptyOrNull(() => readFileSync('/etc/machine-id', 'utf8').trim()),
    bootId: nonEmptyOrNull(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    networkNamespace: nonEmptyOrNull(() => readlinkSync('/proc/self/ns/net')),
  };
}

/** Whether `/proc` shows our own PID namespace. Otherwise a PID in `/proc` means another process to us. */
export function isProcOfOwnPidNamespace(): boolean {
  try {
    return readlinkSync('/proc/self') === String(process.pid);
  } catch {
    return false;
  }
}

/** The kernel's constant for the first PID namespace (`PROC_PID_INIT_INO`). */
const FIRST_PID_NAMESPACE = 'pid:[4026531836]';

/**
 * Reads which processes of the machine `/proc` shows. A process that it does not show may still run outside our PID
 * namespace. With the mount option hidepid it hides processes of our own user that we may not look into, such as those
 * with file capabilities.
 */
export function visibleProcesses(): VisibleProcesses {
  if (nonEmptyOrNull(() => readlinkSync('/proc/self/ns/pid')) !== FIRST_PID_NAMESPACE) return 'of_container';
  const options = optionsOfMount('/proc');
  return options === null || /(?:^|,)hidepid=(?!0|off)/.test(options) ? 'not_hidden' : 'all';
}

/**
 * Whether a process with our user id is certainly of our user. The kernel shows all users that our user namespace does
 * not map with one id, the overflow id. If that is our own id, processes of other users look like ours.
 */
export function isOurUserDistinct(): boolean {
  const uid = process.geteuid?.() ?? -1;
  if (uid !== overflowUid()) return true;
  // In the first user namespace every id is mapped. The file is missing in a kernel without user namespaces.
  const map = nonEmptyOrNull(() => readFileSync('/proc/self/uid_map', 'utf8').trim());
  return map === null ? !existsSync('/proc/self/ns/user') : /^0 +0 +4294967295$/.test(map);
}

/** The kernel's default for the overflow id. */
const DEFAULT_OVERFLOW_UID = 65_534;

function overflowUid(): number {
  const text = nonEmptyOrNull(() => readFileSync('/proc/sys/kernel/overflowuid', 'utf8').trim());
  return text === null ? DEFAULT_OVERFLOW_UID : Number(text);
}

/**
 * Whether the value of one of our environment variables is UTF-8. Node shows other bytes as U+FFFD, a different text, so
 * only a value with this character is in doubt. It may really contain the character: its bytes decide. False if the
 * bytes cannot be read.
 */
export function isVariableUtf8(name: string, value: string): boolean {
  if (!value.includes(REPLACEMENT)) return true;
  try {
    const entries = splitAtNul(readFileSync('/proc/self/environ'));
    const shown = `${name}=${value}`;
    // A value that this process has set itself is not in the file. It is a JavaScript string, so it is UTF-8.
    return entries.every((entry) => entry.toString('utf8') !== shown || isUtf8(entry));
  } catch {
    return false;
  }
}

/** Whether the path of our working directory is UTF-8, decided as in `isVariableUtf8`. */
export function isWorkingDirectoryUtf8(): boolean {
  if (currentFolder()?.includes(REPLACEMENT) !== true) return true;
  try {
    return isUtf8(readlinkSync('/proc/self/cwd', { encoding: 'buffer' }));
  } catch {
    return false;
  }
}

const REPLACEMENT = '\uFFFD';

function splitAtNul(bytes: Buffer): readonly Buffer[] {
  const parts: Buffer[] = [];
  let from = 0;
  for (let end = bytes.indexOf(0); end >= 0; end = bytes.indexOf(0, from)) {
    parts.push(bytes.subarray(from, end));
    from = end + 1;
  }
  return parts;
}

/** Reads our own PID and the PIDs of our ancestors, nearest first. */
export function readLineage(): number[] {
  const lineage = [process.pid];
  for (let pid = process.ppid; pid > 0 && !lineage.includes(pid);) {
    lineage.push(pid);
    const stat = readStat(pid);
    if (stat.kind !== 'alive' && stat.kind !== 'other_user') break;
    pid = stat.parentPid ?? 0;
  }
  return lineage;
}

/**
 * Returns the text that `look` reads, or null if the text is empty or cannot be read. Container images ship an empty
 * machine-id.
 */
function nonEmptyOrNull(look: () => string): string | null {
  try {
    return look() || null;
  } catch {
    return null;
  }
}
