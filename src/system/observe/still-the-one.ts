import type { ProcessEvidence } from '../../model/evidence.js';
import { readArgv, readStat } from './process-table.js';
import { holdsSocket } from './socket-holders.js';

/**
 * Whether a number still means the process that was judged, by the socket that it was judged by. Nothing is awaited in
 * here, so that a signal can follow at once. The command line is read last: it is the shortest read that tells two
 * processes apart for certain, a daemon's being like no other's.
 */
export function stillTheOne(judged: ProcessEvidence, inode: number): 'same' | 'gone' | 'changed' {
  const stat = readStat(judged.pid);
  if (stat.kind === 'gone') return 'gone';
  if (stat.kind === 'unreadable') return 'changed';
  if (stat.startTicks !== judged.startTicks) return 'gone';
  if (!holdsSocket(judged.pid, inode)) return 'changed';
  const argv = readArgv(judged.pid);
  return argv.ok && judged.argv.ok && isSame(argv.value.elements, judged.argv.value.elements)
    ? 'same'
    : 'changed';
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((element, index) => element === other[index]);
}
