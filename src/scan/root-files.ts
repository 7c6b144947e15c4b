import { join } from 'node:path';
import type { ProcessResult } from '../machine/linux/processes.js';
import type { Observer } from '../machine/machine.js';
import { type Access, NOT_A_FILE, type Tree } from '../model/evidence.js';
import type { Family } from '../model/family.js';
import { fileNameOf, lockNameOf, readIdentityRecord } from '../model/identity-record.js';
import { isFromHere, recordNamed } from '../model/root-checks.js';
import { parsePythonJson } from '../model/json.js';
import { healthProof } from '../model/own-proof.js';
import { DAEMON_FILES, type OwnerRecordFile, type RecordFile, type StateFile } from '../model/root.js';
import type { RecordedProcess, RootEvidence } from '../model/scan.js';
import { DAEMON_ID, parseSpawnShape } from '../model/spawn-command.js';
import { parseOwnerBlock } from './health.js';

/**
 * Reads the files of a root about the daemons of one family.
 * @param path absolute, valid in `tree`
 * @param challenge the nonce of this scan, from which each record's expected proof is computed
 * @param readProcess reads the process whose PID is in the state file
 */
export function readRoot(
  observer: Observer,
  family: Family,
  path: string,
  tree: Tree,
  challenge: string,
  readProcess: (pid: number) => ProcessResult = (pid) => observer.processes.read(pid),
): RootEvidence {
  const directory = tree.identify(path);
  const location = { path, inOurTree: tree === observer.files.ours, directory };
  if (directory.kind === 'missing') return { ...location, ...NO_FILES };
  const files = DAEMON_FILES[family];
  const stateFilePath = join(path, files.stateFile);
  const stateFile = readStateFile(stateFilePath, tree);
  const located = stateFile.kind === 'absent' ? null : tree.locate(stateFilePath);
  return {
    ...location,
    stateFile,
    ...(located?.ok && observer.files.hasVisibleLocks(located.value) && { isOnLocalFileSystem: true }),
    recordedProcess: readRecordedProcess(family, stateFile, readProcess),
    ownerRecord:
      files.ownerRecord === null ? { kind: 'absent' } : readOwnerRecord(join(path, files.ownerRecord), tree),
    records: readRecords(observer, join(path, files.identityFolder), namedBy(stateFile), tree, challenge),
  };
}

const NO_FILES = {
  stateFile: { kind: 'absent' },
  recordedProcess: { kind: 'none' },
  ownerRecord: { kind: 'absent' },
  records: [],
} as const;

function namedBy(stateFile: StateFile): string | null {
  return stateFile.kind === 'read' ? stateFile.key : null;
}

/**
 * Reads our own root as `readRoot` does. If its state file names a daemon of another network namespace, machine or boot,
 * whose process we cannot see, this function also looks whether that daemon still has the lock that it declared.
 */
export async function readOwnRoot(
  observer: Observer,
  family: Family,
  path: string,
  challenge: string,
  readProcess?: (pid: number) => ProcessResult,
): Promise<RootEvidence> {
  const root = readRoot(observer, family, path, observer.files.ours, challenge, readProcess);
  const record = recordNamed(root);
  if (!record?.holdsLock || isFromHere(record, observer.self.machineIdentity())) return root;
  const lock = join(path, DAEMON_FILES[family].identityFolder, lockNameOf(record.id));
  return (await observer.files.isReleased(lock, record.lockFileSystem ?? null))
    ? { ...root, isRecordedDaemonGone: true }
    : root;
}

export type RootReader = (path: string, tree: Tree) => RootEvidence;

/**
 * Makes a reader of roots for one scan. The reader reads each root in our own tree only once, because many daemons
 * share a root.
 */
export function rootReader(observer: Observer, family: Family, challenge: string): RootReader {
  const ours = new Map<string, RootEvidence>();
  return (path, tree) => {
    const root = ours.get(path);
    if (root && tree === observer.files.ours) return root;
    const evidence = readRoot(observer, family, path, tree, challenge);
    if (tree === observer.files.ours) ours.set(path, evidence);
    return evidence;
  };
}

/** Reads the recorded process, which may own no socket: it can be the launcher of the real listener (pitfall 5). */
function readRecordedProcess(
  family: Family,
  stateFile: StateFile,
  readProcess: (pid: number) => ProcessResult,
): RecordedProcess {
  if (stateFile.kind !== 'read' || stateFile.pid === null) return { kind: 'none' };
  const { pid } = stateFile;
  const result = readProcess(pid);
  switch (result.kind) {
    case 'gone':
      return { kind: 'gone', pid };
    case 'unreadable':
      return { kind: 'unreadable', pid, why: result.why };
    case 'other_user':
      return { kind: 'alive', pid, parentPid: result.parentPid ?? 0, isDaemon: null };
    case 'alive': {
      const { argv, parentPid } = result.process;
      return {
        kind: 'alive',
        pid,
        parentPid,
        isDaemon: argv.ok ? parseSpawnShape(family, argv.value) !== null : null,
      };
    }
  }
}

/** Limit for a state file, in bytes. A real state file has four short lines and under 200 bytes. */
const LONGEST_STATE_FILE = 4096;

/** Reads the file that names a root's recorded singleton. An unusable file never counts as "no daemon" (pitfall 30). */
function readStateFile(path: string, tree: Tree): StateFile {
  const content = tree.readFile(path, LONGEST_STATE_FILE);
  switch (content.kind) {
    case 'absent':
      return content;
    case 'unreadable':
      // The result is `malformed`, not `unreadable`: a folder or device in place of the file names no daemon to any
      // user.
      return content.why === NOT_A_FILE ? malformed('it is not a regular file') : content;
    case 'too_big':
      return { kind: 'malformed', why: `it is longer than ${content.limit} bytes` };
    case 'read': {
      const { text, owner, group, mode } = content;
      return parseStateFile(text, { owner, group, mode });
    }
  }
}

/**
 * Parses up to four non-empty lines by position: URL, port, token or id, PID (docs/released-daemons.md). A file written
 * without a token has the PID in the token's place. The result is the same as in released versions, which use Python's
 * `splitlines()`, `strip()` and `int()`. Python splits and strips at characters that JavaScript does not; released
 * versions write none of these characters, so a file that contains one is malformed.
 */
export function parseStateFile(text: string, access: Access): StateFile {
  if (!PORTABLE_TEXT.test(text)) return malformed('it contains characters that no release writes');
  const lines = text
    .split(/\r\n|[\r\n]/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const [url, portText, third, fourth] = lines;
  if (url === undefined || portText === undefined) return malformed('it has fewer than two lines');
  if (lines.length > 4) return malformed('it has more than four lines');
  const port = parseCount(portText, 65_535);
  if (port === null) return malformed('its second line is not a port number');
  if (portOfUrl(url) !== port)
    return malformed('its first line is not a URL with the port of its second line');
  if (fourth === undefined) {
    const pid = third === undefined ? null : parseCount(third, LARGEST_PID);
    return { kind: 'read', access, port, key: pid === null ? (third ?? null) : null, pid };
  }
  const pid = parseCount(fourth, LARGEST_PID);
  if (pid === null) return malformed('its fourth line is not a PID');
  return { kind: 'read', access, port, key: third ?? null, pid };
}

/** Characters that Python and JavaScript treat alike: visible ASCII, space, tab and line ends. */
const PORTABLE_TEXT = /^[\t\n\r\x20-\x7e]*$/;

/** PID_MAX_LIMIT of 64-bit Linux. */
const LARGEST_PID = 4_194_304;

function parseCount(text: string, largest: number): number | null {
  const value = /^\d{1,7}$/.test(text) ? Number(text) : 0;
  return value >= 1 && value <= largest ? value : null;
}

/** Returns the port of a URL; null for a URL that URL parsers may read differently. */
function portOfUrl(text: string): number | null {
  const port = /^https?:\/\/(?:[\w.-]+|\[[\da-f:.]+\]):(\d{1,5})(?:\/[\w./-]*)?$/i.exec(text)?.[1];
  return port === undefined ? null : Number(port);
}

function malformed(why: string): StateFile {
  return { kind: 'malformed', why };
}

const LONGEST_OWNER_RECORD = 64 * 1024;

/** Reads the shared `owner.json`, which is for display only (FR-003). */
function readOwnerRecord(path: string, tree: Tree): OwnerRecordFile {
  const content = tree.readFile(path, LONGEST_OWNER_RECORD);
  switch (content.kind) {
    case 'absent':
    case 'unreadable':
      return content;
    case 'too_big':
      return { kind: 'unreadable', why: `it is longer than ${content.limit} bytes` };
    case 'read':
      return parseOwnerRecord(content.text);
  }
}

function parseOwnerRecord(text: string): OwnerRecordFile {
  try {
    const owner = parseOwnerBlock(parsePythonJson(text));
    return owner ? { kind: 'read', owner } : { kind: 'unreadable', why: 'it is not a JSON object' };
  } catch {
    return { kind: 'unreadable', why: 'it is not JSON' };
  }
}

/**
 * Limit for the records that are read: more than any real root has. If a folder has more, the result contains an
 * `unusable` entry that says so.
 */
const MOST_RECORDS = 1000;
/** Limit for the files that are listed, because the folder can be part of a checkout with any number of files. */
const MOST_FILES = 10_000;

/**
 * Reads the identity records of daemons of this implementation: one file for each daemon, named after its id, with mode
 * 0600. The secret of a record is only used here: the evidence contains the proof that is computed from it.
 * @param named the id in the state file; its record is read first
 */
export function readRecords(
  observer: Observer,
  folder: string,
  named: string | null,
  tree: Tree,
  challenge: string,
): readonly RecordFile[] {
  const names = tree.list(folder, MOST_FILES);
  if (!names.ok) return [{ kind: 'unusable', file: folder, why: names.why }];
  if (names.value === null) return readNamedRecordOnly(observer, folder, named, tree, challenge);
  const all = names.value.filter((name) => name.endsWith('.json')).sort();
  const first = named === null ? [] : all.filter((name) => name === fileNameOf(named));
  const records = [...new Set([...first, ...all])]
    .slice(0, MOST_RECORDS)
    .map((name) => readRecord(observer, join(folder, name), name, tree, challenge));
  if (all.length <= MOST_RECORDS) return records;
  const why = `it contains ${all.length} records, and only ${MOST_RECORDS} are read`;
  return [...records, { kind: 'unusable', file: folder, why }];
}

/**
 * Reads only the record that the state file names. Used if the folder has too many files to list.
 * @returns the named record, if it can be read, and an `unusable` entry for the records that were not read
 */
function readNamedRecordOnly(
  observer: Observer,
  folder: string,
  named: string | null,
  tree: Tree,
  challenge: string,
): readonly RecordFile[] {
  const why = `it contains more than ${MOST_FILES} files, so its records are not read`;
  const crowded: RecordFile = { kind: 'unusable', file: folder, why };
  if (named === null || !DAEMON_ID.test(named)) return [crowded];
  const record = readRecord(observer, join(folder, fileNameOf(named)), fileNameOf(named), tree, challenge);
  return record.kind === 'read' ? [record, crowded] : [crowded];
}

function readRecord(
  observer: Observer,
  file: string,
  name: string,
  tree: Tree,
  challenge: string,
): RecordFile {
  const content = readIdentityRecord(file, name, tree, observer.self.uid);
  if (content.kind === 'unusable') return { kind: 'unusable', file, why: content.why };
  const { secret, ...record } = content.record;
  const expectedProof = healthProof(secret, challenge, record.id, record.port);
  return { kind: 'read', file, record: { ...record, expectedProof } };
}
