import type { Facts } from '../model/evidence.js';
import { isInRange } from '../model/family.js';
import type { IdentityRecord } from '../model/files.js';
import { distrustOf } from '../model/root-trust.js';
import { parseSpawnShape } from '../model/spawn-shape.js';
import { readStat } from '../system/observe/process-table.js';
import { removeFile } from '../system/write/remove-file.js';

/**
 * Removes the identity records of daemons that are certain to be gone: who is killed cannot take back its own. A record
 * that cannot be removed does no harm, and the next command tries again.
 * @param facts read under the lock of starts, and used under it: a daemon that is being started records itself under it
 */
export function clearStaleRecords(facts: Facts): void {
  const { family, root, observer } = facts;
  if (distrustOf(family, root, observer.uid) !== null) return;
  for (const file of root.records) {
    if (file.kind === 'read' && isStale(file.record, facts)) removeFile(file.file);
  }
}

/**
 * A daemon records itself while it listens, so one that does not listen any more is gone. That its PID is nobody's says
 * nothing: in another PID namespace it is another number, and to remove the record of a live daemon is to make it leave.
 * That it is there keeps its record, whatever the one look at the listeners showed. Records of
 * an earlier start of this machine stay: they may be of another one, on whose network nobody here can look.
 */
function isStale(record: IdentityRecord, { family, observer: { machine }, listeners }: Facts): boolean {
  const isFromHere = (['bootId', 'networkNamespace'] as const).every(
    // What is not known equals nothing.
    (part) => record[part] !== null && record[part] === machine[part],
  );
  // On the ports of another family nobody has looked.
  if (!isFromHere || !listeners.ok || !isInRange(record.port, family)) return false;
  const stat = readStat(record.pid);
  if (stat.kind === 'alive' && stat.startTicks === record.startTicks) return false;
  return listeners.value
    .filter(({ socket }) => socket.port === record.port)
    .every(({ holder }) => {
      if (holder.kind !== 'known' || !holder.process.argv.ok) return false;
      const { argv } = holder.process;
      const shape = parseSpawnShape(family, argv.value);
      return argv.value.exact && !(shape?.generation === 'own' && shape.id === record.id);
    });
}
