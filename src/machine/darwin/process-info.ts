import { err, ok, type Result } from '../../model/result.js';

/** What the kernel says about a process (flavour 18 of `proc_pidinfo`). */
export interface ProcessInfo {
  readonly pid: number;
  readonly parentPid: number;
  /** Effective user id. */
  readonly uid: number;
  /** Whether the real and the saved user id equal the effective one. In a program such as sudo they differ. */
  readonly hasOneUser: boolean;
  readonly isZombie: boolean;
  readonly isStopped: boolean;
  readonly startedAt: Date;
  readonly incarnation: string;
}

/** Which program of which process: the kernel gives a new pair of numbers at each fork, and a new version at each exec. */
export interface Incarnation {
  readonly id: string;
  /** What an audit token contains besides the PID. */
  readonly version: number;
}

export const PROCESS_INFO_LENGTH = 192;
export const INCARNATION_LENGTH = 56;
export const PATHS_LENGTH = 2352;
export const TASK_INFO_LENGTH = 96;

const STOPPED = 4;
const ZOMBIE = 5;

/** @param pid the process that was asked about; an answer about another one is an error */
export function decodeProcessInfo(bytes: Buffer, pid: number): Result<ProcessInfo> {
  if (bytes.length !== PROCESS_INFO_LENGTH) return wrongLength('process', bytes, PROCESS_INFO_LENGTH);
  const status = bytes.readUInt32LE(4);
  const uid = bytes.readUInt32LE(20);
  const incarnation = incarnationAt(bytes, 136);
  const [seconds, microseconds] = [bytes.readBigUInt64LE(120), bytes.readBigUInt64LE(128)];
  if (
    bytes.readUInt32LE(12) !== pid ||
    status < 1 ||
    status > ZOMBIE ||
    seconds > LAST_SECOND ||
    microseconds >= 1_000_000n ||
    incarnation === null
  )
    return err('the kernel describes a process in an unknown form');
  return ok({
    pid,
    parentPid: bytes.readUInt32LE(16),
    uid,
    hasOneUser: bytes.readUInt32LE(28) === uid && bytes.readUInt32LE(36) === uid,
    isZombie: status === ZOMBIE,
    isStopped: status === STOPPED,
    startedAt: new Date(Number(seconds) * 1000 + Number(microseconds) / 1000),
    incarnation: incarnation.id,
  });
}

/** The last second of the year 9999: no process was started after it, and a date can still be written. */
const LAST_SECOND = 253_402_300_799n;

/** Decodes flavour 17 of `proc_pidinfo`, which the kernel answers for processes of other users, too. */
export function decodeIncarnation(bytes: Buffer): Result<Incarnation> {
  if (bytes.length !== INCARNATION_LENGTH) return wrongLength('incarnation', bytes, INCARNATION_LENGTH);
  const incarnation = incarnationAt(bytes, 0);
  return incarnation === null ? err('the kernel gives a process no number') : ok(incarnation);
}

function incarnationAt(bytes: Buffer, at: number): Incarnation | null {
  const id = bytes.readBigUInt64LE(at + 16);
  const version = bytes.readUInt32LE(at + 32);
  return id === 0n ? null : { id: `${id.toString()}.${version}`, version };
}

/**
 * Decodes the root directory of a process (flavour 9 of `proc_pidinfo`). Two processes with equal texts have the same
 * root directory. Without chroot(2) the numbers are zero.
 */
export function decodeRootDirectory(bytes: Buffer): Result<string> {
  if (bytes.length !== PATHS_LENGTH) return wrongLength('root directory', bytes, PATHS_LENGTH);
  return ok(`${bytes.readUInt32LE(1176)}:${bytes.readBigUInt64LE(1184).toString()}`);
}

/** Decodes how much memory a process uses, in bytes (flavour 4 of `proc_pidinfo`). */
export function decodeResidentBytes(bytes: Buffer): Result<number> {
  if (bytes.length !== TASK_INFO_LENGTH) return wrongLength('memory', bytes, TASK_INFO_LENGTH);
  const resident = bytes.readBigUInt64LE(8);
  return resident <= BigInt(Number.MAX_SAFE_INTEGER)
    ? ok(Number(resident))
    : err('the kernel shows more memory than there is');
}

function wrongLength(what: string, bytes: Buffer, expected: number): Result<never> {
  return err(`the kernel describes a ${what} in ${bytes.length} bytes, not ${expected}`);
}
