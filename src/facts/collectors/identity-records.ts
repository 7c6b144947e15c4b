import { join } from 'node:path';
import type { RecordFile } from '../../model/files.js';
import { DAEMON_ID } from '../../model/spawn-shape.js';
import { fileNameOf, readIdentityRecord } from '../../system/observe/identity-record-file.js';
import { healthProof } from '../../system/observe/own-proof.js';
import type { Tree } from '../../system/observe/tree.js';

/** Nobody has that many daemons; a folder that claims to is not read to its end, and says so. */
const MOST_RECORDS = 1000;
/** A checkout may hold any number of files, whoever made it. */
const MOST_FILES = 10_000;

/**
 * Reads the identity records of our own daemons: one file each, named by id, private to its user.
 * The secret in a record is used here and goes no further: evidence holds only the proof it leads to.
 * @param named the id that the state file names: its record is read first, however many there are
 */
export function readRecords(
  folder: string,
  named: string | null,
  tree: Tree,
  challenge: string,
): readonly RecordFile[] {
  const names = tree.list(folder, MOST_FILES);
  if (!names.ok) return [{ kind: 'unusable', file: folder, why: names.why }];
  if (names.value === null) return ofCrowdedFolder(folder, named, tree, challenge);
  const all = names.value.filter((name) => name.endsWith('.json')).sort();
  const first = named === null ? [] : all.filter((name) => name === fileNameOf(named));
  const records = [...new Set([...first, ...all])]
    .slice(0, MOST_RECORDS)
    .map((name) => readRecord(join(folder, name), name, tree, challenge));
  if (all.length <= MOST_RECORDS) return records;
  const why = `it holds ${all.length} records, and no more than ${MOST_RECORDS} are read`;
  return [...records, { kind: 'unusable', file: folder, why }];
}

/** The one record that matters most, and that there may be others. */
function ofCrowdedFolder(
  folder: string,
  named: string | null,
  tree: Tree,
  challenge: string,
): readonly RecordFile[] {
  const why = `it holds more than ${MOST_FILES} files, and is not read through`;
  const crowded: RecordFile = { kind: 'unusable', file: folder, why };
  if (named === null || !DAEMON_ID.test(named)) return [crowded];
  const record = readRecord(join(folder, fileNameOf(named)), fileNameOf(named), tree, challenge);
  return record.kind === 'read' ? [record, crowded] : [crowded];
}

function readRecord(file: string, name: string, tree: Tree, challenge: string): RecordFile {
  const reading = readIdentityRecord(file, name, tree);
  if (reading.kind === 'unusable') return { kind: 'unusable', file, why: reading.why };
  const { secret, ...record } = reading.record;
  const expectedProof = healthProof(secret, challenge, record.id, record.port);
  return { kind: 'read', file, record: { ...record, expectedProof } };
}
