import type { Tree } from './evidence.js';
import { integerOf, objectOf, textOf } from './json.js';
import { opaqueIdOf, startFields } from './opaque-id.js';
import type { IdentityRecord } from './root.js';
import { shownPath, shownScope, shownServer } from './shown-address.js';
import { DAEMON_ID } from './spawn-command.js';

/** The content of an identity record file: one file per daemon of ours, readable only by our user (ADR 1, "record"). */
export interface SecretRecord extends IdentityRecord {
  /** A secret that exists only in the record file and in the daemon's memory. */
  readonly secret: string;
}

export type RecordResult =
  | { readonly kind: 'read'; readonly record: SecretRecord }
  | { readonly kind: 'unusable'; readonly why: string };

/** Size limit of a record file in bytes: room for two paths of PATH_MAX and the other fields. */
const LONGEST_RECORD = 16 * 1024;
const SHORTEST_SECRET = 32;

/**
 * Reads one identity record. A file that others may read or write is `unusable`: its content proves nothing, and others
 * may know its secret.
 * @param name the file's name in its folder; must be `fileNameOf` the id in the record
 * @param uid the user who must own the file: ours
 */
export function readIdentityRecord(file: string, name: string, tree: Tree, uid: number): RecordResult {
  const content = tree.readFile(file, LONGEST_RECORD);
  const unusable = (why: string): RecordResult => ({ kind: 'unusable', why });
  if (content.kind === 'absent') return unusable('it was deleted while it was read');
  if (content.kind === 'unreadable') return unusable(content.why);
  if (content.kind === 'too_big') return unusable(`it is longer than ${content.limit} bytes`);
  if ((content.mode & 0o077) !== 0) return unusable('users other than its owner may read or write it');
  if (content.owner !== uid) return unusable('it belongs to another user');
  const record = parseIdentityRecord(content.text);
  return record && fileNameOf(record.id) === name
    ? { kind: 'read', record }
    : unusable('it is not a valid identity record');
}

/** Returns the name of the record file of the daemon with this id. */
export function fileNameOf(id: string): string {
  return `${id}.json`;
}

/** Returns the name of the file that the daemon with this id has locked. */
export function lockNameOf(id: string): string {
  return `${id}.lock`;
}

/** Returns the text of a record file, which `readIdentityRecord` reads. */
export function identityRecordText(record: SecretRecord): string {
  const { incarnation, bootId, machineId, networkNamespace, packageVersion, queueDbPath, ...rest } = record;
  const { authScope, serverUrl, holdsLock, lockFileSystem, ...sameNames } = rest;
  return `${JSON.stringify({
    ...sameNames,
    ...startFields(incarnation),
    boot_id: bootId,
    machine_id: machineId,
    network_namespace: networkNamespace,
    package_version: packageVersion,
    queue_db_path: queueDbPath,
    auth_scope: authScope,
    server_url: serverUrl,
    ...(holdsLock && { holds_lock: true, lock_file_system: lockFileSystem }),
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
  const incarnation = opaqueIdOf(integerOf(fields['start_ticks']), textOf(fields['incarnation']));
  const bootId = textOf(fields['boot_id']);
  const machineId = textOf(fields['machine_id']);
  const networkNamespace = textOf(fields['network_namespace']);
  const address = textOf(fields['address']);
  const port = integerOf(fields['port']);
  const root = textOf(fields['root']);
  const packageVersion = textOf(fields['package_version']);
  const secret = textOf(fields['secret']);
  const lockFileSystem = integerOf(fields['lock_file_system']);
  if (id === null || !DAEMON_ID.test(id) || pid === null || incarnation === null) return null;
  if (address === null || port === null) return null;
  if (root === null || packageVersion === null || secret === null || secret.length < SHORTEST_SECRET)
    return null;
  return {
    id,
    pid,
    incarnation,
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
    ...(fields['holds_lock'] === true && { holdsLock: true }),
    ...(lockFileSystem !== null && { lockFileSystem }),
    secret,
  };
}
