import { readFileSync, readlinkSync } from 'node:fs';
import type { MachineIdentity } from '../../model/evidence.js';
import { readStat } from './process-table.js';

/** Reads what our PIDs, ports and boot times are relative to. */
export function readMachineIdentity(): MachineIdentity {
  return {
    machineId: orNull(() => readFileSync('/etc/machine-id', 'utf8').trim()),
    bootId: orNull(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    networkNamespace: orNull(() => readlinkSync('/proc/self/ns/net')),
  };
}

/** True when `/proc` describes the PID namespace we live in: only then is a PID in it one that we could mean. */
export function procDescribesUs(): boolean {
  try {
    return readlinkSync('/proc/self') === String(process.pid);
  } catch {
    return false;
  }
}

/** The kernel's constant for the first PID namespace (`PROC_PID_INIT_INO`). */
const FIRST_PID_NAMESPACE = 'pid:[4026531836]';

/** Whether every process of this machine has a PID for us: in a container, who seems gone may live outside. */
export function seesEveryProcess(): boolean {
  return orNull(() => readlinkSync('/proc/self/ns/pid')) === FIRST_PID_NAMESPACE;
}

/** Our own PID and those of our ancestors, nearest first. */
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

/** Empty counts as unread: an image may come with an empty machine id. */
function orNull(look: () => string): string | null {
  try {
    return look() || null;
  } catch {
    return null;
  }
}
