import { join } from 'node:path';
import type { IdentityRecordFile, RecordFile } from '../../model/files.js';
import { DAEMON_ID } from '../../model/spawn-shape.js';
import { crypto } from '../../system/observe/crypto.js';
import type { Tree } from '../../system/observe/tree.js';
import { integerOf, objectOf, textOf } from '../plain-json.js';

const LONGEST_RECORD = 8 * 1024;
/** Nobody has that many daemons; a folder that claims to is not read to its end. */
const MOST_RECORDS = 1000;

/**
 * Reads the identity records of our own daemons: one file each, named by id, private to its user.
 * The secret in a record is used here and goes no further: evidence holds only the proof it leads to.
 */
export function readRecords(folder: string, tree: Tree, challenge: string): readonly RecordFile[] {
  const names = tree.list(folder);
  if (!names.ok) return [{ kind: 'unusable', file: folder, why: names.why }];
  return names.value
    .filter((name) => name.endsWith('.json'))
    .sort()
    .slice(0, MOST_RECORDS)
    .map((name) => readRecord(join(folder, name), name, tree, challenge));
}

function readRecord(file: string, name: string, tree: Tree, challenge: string): RecordFile {
  const reading = tree.readFile(file, LONGEST_RECORD);
  const unusable = (why: string): RecordFile => ({ kind: 'unusable', file, why });
  if (reading.kind === 'absent') return unusable('it vanished meanwhile');
  if (reading.kind === 'unreadable') return unusable(reading.why);
  if (reading.kind === 'too_big') return unusable(`it is longer than ${reading.limit} bytes`);
  // A record that others could write or read proves nothing about who wrote it, and its secret is none.
  if ((reading.mode & 0o077) !== 0) return unusable('others than its user may read or write it');
  if (reading.owner !== process.geteuid?.()) return unusable('it belongs to another user');
  const record = parseRecord(reading.text, challenge);
  if (!record || `${record.id}.json` !== name) return unusable('it is no identity record');
  return { kind: 'read', file, record };
}

function parseRecord(text: string, challenge: string): IdentityRecordFile | null {
  let fields: Record<string, unknown> | null;
  try {
    fields = objectOf(JSON.parse(text));
  } catch {
    return null;
  }
  if (!fields) return null;
  const id = textOf(fields['id']);
  const pid = integerOf(fields['pid']);
  const startTicks = integerOf(fields['start_ticks']);
  const bootId = textOf(fields['boot_id']);
  const machineId = textOf(fields['machine_id']);
  const networkNamespace = textOf(fields['network_namespace']);
  const address = textOf(fields['address']);
  const port = integerOf(fields['port']);
  const root = textOf(fields['root']);
  const packageVersion = textOf(fields['package_version']);
  const secret = textOf(fields['secret']);
  if (id === null || !DAEMON_ID.test(id) || pid === null || startTicks === null || bootId === null)
    return null;
  if (machineId === null || networkNamespace === null || address === null || port === null) return null;
  if (root === null || packageVersion === null || secret === null || secret.length < 32) return null;
  return {
    id,
    pid,
    startTicks,
    bootId,
    machineId,
    networkNamespace,
    address,
    port,
    root,
    packageVersion,
    queueDbPath: textOf(fields['queue_db_path']),
    authScope: textOf(fields['auth_scope']),
    serverUrl: textOf(fields['server_url']),
    expectedProof: proofOf(secret, challenge, id, port),
  };
}

/**
 * What a daemon of ours answers to a challenge: an HMAC that shows that it knows its secret without showing the secret.
 * Id and port are part of it, so that the answer of a healthy daemon, relayed from another port, proves nothing here.
 */
function proofOf(secret: string, challenge: string, id: string, port: number): string {
  return crypto()
    .createHmac('sha256', secret)
    .update(`spec-kitty health\n${challenge}\n${id}\n${port}`)
    .digest('hex');
}
