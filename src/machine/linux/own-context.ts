import { readFileSync, readlinkSync } from 'node:fs';
import type { MachineIdentity } from '../../model/evidence.js';
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
 * Whether `/proc` shows every process of the machine. False in a container: a process that `/proc` does not show may
 * still run outside the container's PID namespace.
 */
export function seesEveryProcess(): boolean {
  return nonEmptyOrNull(() => readlinkSync('/proc/self/ns/pid')) === FIRST_PID_NAMESPACE;
}

/** Reads our own PID and the PIDs of our ancestors, nearest first. */
export function readLineage(): number[] {
  const lineage = [process.pid];
  for (let pid = process.ppid; pid > 0 && !lineage.includes(pid);) {
    lineage.push(pid);
    const stat = readStat(pid);
    if (stat.kind !== 'alive') break;
    pid = stat.parentPid;
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

/** CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH, as bits of a set of capabilities (capabilities(7)). */
const OPENS_ANY_FOLDER = 0b110n;

/**
 * Whether we may be able to read `/proc/<pid>/fd` of processes with another effective user. Only its owner may read
 * that folder, unless the reader has one of the capabilities in `OPENS_ANY_FOLDER`. True if our capabilities are
 * unknown.
 */
export function opensFoldersOfOthers(): boolean {
  const status = nonEmptyOrNull(() => readFileSync('/proc/self/status', 'utf8')) ?? '';
  const [, effective] = /^CapEff:\t([0-9a-f]+)$/m.exec(status) ?? [];
  return effective === undefined || (BigInt(`0x${effective}`) & OPENS_ANY_FOLDER) !== 0n;
}
