import { join } from 'node:path';
import type { ProcessResult } from '../machine/linux/processes.js';
import type { Observer } from '../machine/machine.js';
import { type Access, NOT_A_FILE, type Tree } from '../model/evidence.js';
import type { Family } from '../model/family.js';
import { fileNameOf, readIdentityRecord } from '../model/identity-record.js';
import { parsePythonJson } from '../model/json.js';
import { healthProof } from '../model/own-proof.js';
import { DAEMON_FILES, type OwnerRecordFile, type RecordFile, type StateFile } from '../model/root.js';
import type { RecordedProcess, RootEvidence } from '../model/scan.js';
import { DAEMON_ID, parseSpawnShape } from '../model/spawn-command.js';
import { parseOwnerBlock } from './health.js';

/**
 * Reads what a root says about the daemons of one family.
 * @param path absolute, as it is called in `tree`
 * @param challenge the nonce of this scan, from which each record's expected proof is computed
 * @param lookAtProcess how the PID that the state file names is looked at
 */
export function readRoot(
  observer: Observer,
  family: Family,
  path: string,
  tree: Tree,
  challenge: string,
  lookAtProcess: (pid: number) => ProcessResult = (pid) => observer.processes.read(pid),
): RootEvidence {
  const directory = tree.identify(path);
  const place = { path, inOurTree: tree === observer.files.ours, directory };
  // Where it is not there, neither is anything in it.
  if (directory.kind === 'missing') return { ...place, ...NOTHING };
  const files = DAEMON_FILES[family];
  const stateFile = readStateFile(join(path, files.stateFile), tree);
  return {
    ...place,
    stateFile,
    recordedProcess: lookAtRecorded(family, stateFile, lookAtProcess),
    ownerRecord:
      files.ownerRecord === null ? { kind: 'absent' } : readOwnerRecord(join(path, files.ownerRecord), tree),
    records: readRecords(observer, join(path, files.identityFolder), namedBy(stateFile), tree, challenge),
  };
}

const NOTHING = {
  stateFile: { kind: 'absent' },
  recordedProcess: { kind: 'none' },
  ownerRecord: { kind: 'absent' },
  records: [],
} as const;

function namedBy(stateFile: StateFile): string | null {
  return stateFile.kind === 'read' ? stateFile.key : null;
}

export type RootReader = (path: string, tree: Tree) => RootEvidence;

/** Reads roots for one scan, each of our own tree once: the daemons of one incident have the same. */
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

/** The recorded PID is looked at by its number: cheap, and it may be the launcher of the real listener. */
function lookAtRecorded(
  family: Family,
  stateFile: StateFile,
  lookAtProcess: (pid: number) => ProcessResult,
): RecordedProcess {
  if (stateFile.kind !== 'read' || stateFile.pid === null) return { kind: 'none' };
  const { pid } = stateFile;
  const reading = lookAtProcess(pid);
  switch (reading.kind) {
    case 'gone':
      return { kind: 'gone', pid };
    case 'unreadable':
      return { kind: 'unreadable', pid, why: reading.why };
    case 'alive': {
      const { argv, parentPid } = reading.process;
      return {
        kind: 'alive',
        pid,
        parentPid,
        isDaemon: argv.ok && parseSpawnShape(family, argv.value) !== null,
      };
    }
  }
}

/** Four short lines; a real one has under 200 bytes. */
const LONGEST_STATE_FILE = 4096;

/** Reads the file that names a root's recorded singleton. A file that cannot be used is never "no daemon" (pitfall 30). */
function readStateFile(path: string, tree: Tree): StateFile {
  const reading = tree.readFile(path, LONGEST_STATE_FILE);
  switch (reading.kind) {
    case 'absent':
      return reading;
    case 'unreadable':
      // What is no file names nobody, whoever looks.
      return reading.why === NOT_A_FILE ? malformed('it is not a regular file') : reading;
    case 'too_big':
      return { kind: 'malformed', why: `it is longer than ${reading.limit} bytes` };
    case 'read': {
      const { text, owner, group, mode } = reading;
      return parseStateFile(text, { owner, group, mode });
    }
  }
}

/**
 * Reads up to four non-empty lines by position: URL, port, token or id, PID (observed-daemons: "Files under the
 * runtime root"). A file written without a token has the PID in the token's place.
 * What is read is what releases read, by `splitlines()`, `strip()` and `int()`. Python ends lines and takes away blanks
 * at more characters than JavaScript, and at others; no release writes any of them, so a file that has one is malformed.
 */
export function parseStateFile(text: string, access: Access): StateFile {
  if (!READ_ALIKE.test(text)) return malformed('it has characters that no release writes');
  const lines = text
    .split(/\r\n|[\r\n]/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const [url, portText, third, fourth] = lines;
  if (url === undefined || portText === undefined) return malformed('it has fewer than two lines');
  if (lines.length > 4) return malformed('it has more than four lines');
  const port = parseCount(portText, 65_535);
  if (port === null) return malformed('its second line is no port number');
  if (portOfUrl(url) !== port) return malformed('its first line is no URL with the port of its second line');
  if (fourth === undefined) {
    const pid = third === undefined ? null : parseCount(third, LARGEST_PID);
    return { kind: 'read', access, port, key: pid === null ? (third ?? null) : null, pid };
  }
  const pid = parseCount(fourth, LARGEST_PID);
  if (pid === null) return malformed('its fourth line is no PID');
  return { kind: 'read', access, port, key: third ?? null, pid };
}

/** What every reader of lines takes for the same: visible ASCII, blanks, and the ends of lines. */
const READ_ALIKE = /^[\t\n\r\x20-\x7e]*$/;

/** PID_MAX_LIMIT of 64-bit Linux. */
const LARGEST_PID = 4_194_304;

function parseCount(text: string, largest: number): number | null {
  const value = /^\d{1,7}$/.test(text) ? Number(text) : 0;
  return value >= 1 && value <= largest ? value : null;
}

/** Only where it is written so plainly that no two parsers of URLs differ. */
function portOfUrl(text: string): number | null {
  const port = /^https?:\/\/(?:[\w.-]+|\[[\da-f:.]+\]):(\d{1,5})(?:\/[\w./-]*)?$/i.exec(text)?.[1];
  return port === undefined ? null : Number(port);
}

function malformed(why: string): StateFile {
  return { kind: 'malformed', why };
}

const LONGEST_OWNER_RECORD = 64 * 1024;

/** Reads the shared `owner.json`: display only (FR-003), so that trouble with it never gets in the way. */
function readOwnerRecord(path: string, tree: Tree): OwnerRecordFile {
  const reading = tree.readFile(path, LONGEST_OWNER_RECORD);
  switch (reading.kind) {
    case 'absent':
      return reading;
    case 'unreadable':
      return reading;
    case 'too_big':
      return { kind: 'unreadable', why: `it is longer than ${reading.limit} bytes` };
    case 'read':
      return parseOwnerRecord(reading.text);
  }
}

function parseOwnerRecord(text: string): OwnerRecordFile {
  try {
    const owner = parseOwnerBlock(parsePythonJson(text));
    return owner ? { kind: 'read', owner } : { kind: 'unreadable', why: 'it is no JSON object' };
  } catch {
    return { kind: 'unreadable', why: 'it is not JSON' };
  }
}

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
  observer: Observer,
  folder: string,
  named: string | null,
  tree: Tree,
  challenge: string,
): readonly RecordFile[] {
  const names = tree.list(folder, MOST_FILES);
  if (!names.ok) return [{ kind: 'unusable', file: folder, why: names.why }];
  if (names.value === null) return ofCrowdedFolder(observer, folder, named, tree, challenge);
  const all = names.value.filter((name) => name.endsWith('.json')).sort();
  const first = named === null ? [] : all.filter((name) => name === fileNameOf(named));
  const records = [...new Set([...first, ...all])]
    .slice(0, MOST_RECORDS)
    .map((name) => readRecord(observer, join(folder, name), name, tree, challenge));
  if (all.length <= MOST_RECORDS) return records;
  const why = `it holds ${all.length} records, and no more than ${MOST_RECORDS} are read`;
  return [...records, { kind: 'unusable', file: folder, why }];
}

/** The one record that matters most, and that there may be others. */
function ofCrowdedFolder(
  observer: Observer,
  folder: string,
  named: string | null,
  tree: Tree,
  challenge: string,
): readonly RecordFile[] {
  const why = `it holds more than ${MOST_FILES} files, and is not read through`;
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
  const reading = readIdentityRecord(file, name, tree, observer.self.uid);
  if (reading.kind === 'unusable') return { kind: 'unusable', file, why: reading.why };
  const { secret, ...record } = reading.record;
  const expectedProof = healthProof(secret, challenge, record.id, record.port);
  return { kind: 'read', file, record: { ...record, expectedProof } };
}
