import type { Tree } from './evidence.js';
import { integerOf, objectOf, textOf } from './json.js';
import type { IdentityRecord } from './root.js';
import { shownPath, shownScope, shownServer } from './shown-address.js';
import { DAEMON_ID } from './spawn-command.js';

/** A record as it stands in its file: one for each daemon, private to its user (design: contract "record"). */
export interface SecretRecord extends IdentityRecord {
  /** Stands in this file only, and in the memory of the daemon. */
  readonly secret: string;
}

export type RecordResult =
  | { readonly kind: 'read'; readonly record: SecretRecord }
  | { readonly kind: 'unusable'; readonly why: string };

/** Two paths of the longest kind, two names of a kilobyte, and the rest. */
const LONGEST_RECORD = 16 * 1024;
const SHORTEST_SECRET = 32;

/**
 * @param name the file's name in its folder; it must be that of the id inside
 * @param uid the user that the record must belong to: ours
 */
export function readIdentityRecord(file: string, name: string, tree: Tree, uid: number): RecordResult {
  const reading = tree.readFile(file, LONGEST_RECORD);
  const unusable = (why: string): RecordResult => ({ kind: 'unusable', why });
  if (reading.kind === 'absent') return unusable('it vanished meanwhile');
  if (reading.kind === 'unreadable') return unusable(reading.why);
  if (reading.kind === 'too_big') return unusable(`it is longer than ${reading.limit} bytes`);
  // A record that others could write or read proves nothing about who wrote it, and its secret is none.
  if ((reading.mode & 0o077) !== 0) return unusable('others than its user may read or write it');
  if (reading.owner !== uid) return unusable('it belongs to another user');
  const record = parseIdentityRecord(reading.text);
  return record && fileNameOf(record.id) === name
    ? { kind: 'read', record }
    : unusable('it is no identity record');
}

export function fileNameOf(id: string): string {
  return `${id}.json`;
}

export function identityRecordText(record: SecretRecord): string {
  const { startTicks, bootId, machineId, networkNamespace, packageVersion, queueDbPath, ...rest } = record;
  const { authScope, serverUrl, ...plain } = rest;
  return `${JSON.stringify({
    ...plain,
    start_ticks: startTicks,
    boot_id: bootId,
    machine_id: machineId,
    network_namespace: networkNamespace,
    package_version: packageVersion,
    queue_db_path: queueDbPath,
    auth_scope: authScope,
    server_url: serverUrl,
  })}\n`;
}

function parseIdentityRecord(text: string): SecretRecord | null {
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
  if (id === null || !DAEMON_ID.test(id) || pid === null || startTicks === null) return null;
  if (address === null || port === null) return null;
  if (root === null || packageVersion === null || secret === null || secret.length < SHORTEST_SECRET)
    return null;
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
    queueDbPath: shownPath(textOf(fields['queue_db_path'])),
    authScope: shownScope(textOf(fields['auth_scope'])),
    serverUrl: shownServer(textOf(fields['server_url'])),
    secret,
  };
}
