import type {
  Connection,
  DirectoryResult,
  FileResult,
  KernelSocket,
  MachineIdentity,
  ProcessActivity,
  Tree,
} from '../model/evidence.js';
import type { HandleSupport } from '../model/outcome.js';
import type { Platform } from '../model/platform.js';
import type { Result } from '../model/result.js';
import type { CollectorName } from '../model/scan.js';
import type { Collector } from './collector.js';
import type { CommitFileResult, FileStatus } from './files.js';
import type { HttpAnswer } from './http-answer.js';
import type { HealthRequest } from './http.js';
import type { FileLock } from './linux/flock.js';
import type { HandleOpener, SignalAnswer } from './linux/pidfd.js';
import type { OpenLog, ProcessResult, ProcessStat } from './linux/processes.js';
import type { DaemonRequest, RequestAnswer } from './request.js';
import type { Timer } from './runtime.js';
import type { AllowedClients, RequestHandler, ServeResult } from './server.js';
import type {
  DetachedStartResult,
  DetachedOptions,
  ProgramOutput,
  BackgroundProcess,
  StartOptions,
} from './spawn.js';
import type { DatabaseAccess, Transaction, TransactionResult } from './sqlite.js';
import type { Terminal } from './terminal.js';
import type { Upload, UploadAnswer } from './upload.js';

/**
 * The machine as a port: all access to processes, sockets, files, locks, time, randomness and the environment goes
 * through it. `localMachine` (local.ts) is the real machine, with the functions of its platform; a simulated machine
 * implements these interfaces.
 *
 * Code that only reads is given an `Observer`, which gives no access to an `Actor`.
 */
export interface Machine {
  readonly observer: Observer;
  readonly actor: Actor;
}

/** Reads the machine and changes nothing on it. Functions return expected failures as values and never throw them. */
export interface Observer {
  readonly platform: Platform;
  readonly self: Self;
  readonly clock: Clock;
  readonly processes: ProcessReader;
  readonly sockets: SocketReader;
  readonly files: FileReader;
  readonly collectors: Readonly<Record<CollectorName, Collector>>;
  randomBytes(count: number): Buffer;
  /** Probes one listener's health: `GET /api/health`, which changes nothing. Ends by its deadline. */
  getHealth(request: HealthRequest): Promise<HttpAnswer>;
  /** Whether a process can be signalled by pidfd, so that a signal never reaches a process with a reused PID. */
  pidfdSupport(): Promise<HandleSupport>;
}

/** The process that this code runs in. */
interface Self {
  readonly pid: number;
  /** Effective user id; -1 on a system without user ids. */
  readonly uid: number;
  /** Name of that user, or its number if the user database has no entry. */
  readonly userName: string;
  /** Path of the running Node. */
  readonly executable: string;
  /** Path of Node, path of the program, and its arguments. */
  readonly commandLine: readonly string[];
  readonly nodeVersion: string;
  readonly architecture: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Null when the folder was deleted. */
  workingDirectory(): string | null;
  /** Our own PID and those of our ancestors, nearest first. */
  lineage(): readonly number[];
  /** What PIDs, ports and boot times are relative to. */
  machineIdentity(): MachineIdentity;
  /** False in a PID namespace other than the first: a process that `/proc` does not show may still run outside. */
  seesEveryProcess(): boolean;
}

interface Clock {
  /** Wall time, which can be set. */
  now(): Date;
  /** Milliseconds on a clock that cannot be set. */
  monotonicMs(): number;
  sleep(ms: number): Promise<void>;
  after(ms: number, act: () => void): Timer;
  every(ms: number, act: () => void): Timer;
}

interface ProcessReader {
  read(pid: number): ProcessResult;
  stat(pid: number): ProcessStat;
  /** The named variables of the environment that the process was started with. */
  environment<Name extends string>(
    pid: number,
    names: readonly Name[],
  ): Result<Partial<Record<Name, string>>>;
  activity(pid: number): Result<ProcessActivity>;
  /** A lower bound for the age of a process with this start time, in seconds; negative when none is known. */
  minimumAgeSeconds(startTicks: number): number;
  /** How many processes `/proc` shows. */
  count(): number;
  /** The file of this name that is the process's standard output. */
  openLog(pid: number, name: string): Result<OpenLog>;
}

interface SocketReader {
  /** The listening TCP sockets of this network namespace whose port passes. */
  listening(wanted: (port: number) => boolean): Promise<Result<readonly KernelSocket[]>>;
  /** The connections of a process that can still carry data. */
  connections(pid: number, listener: KernelSocket): Promise<Result<readonly Connection[]>>;
  /** Whether a process has the socket with this inode open; false also when that cannot be read. */
  holds(pid: number, inode: number): boolean;
  /** Whether an address is one of this machine's. */
  isLocalAddress(address: string): boolean;
}

interface FileReader {
  /** Our own file system tree. */
  readonly ours: Tree;
  /** The file system tree that another process sees. */
  of(pid: number): Tree;
  read(path: string, limit: number): FileResult;
  exists(path: string): boolean;
  isDirectory(path: string): boolean;
  isLink(path: string): boolean;
  /** The path with every link resolved. */
  realPath(path: string): Result<string>;
  /** The path made absolute, with `..` resolved as the kernel does. */
  absolutePath(path: string): Result<string>;
  /** @throws the system's error */
  status(path: string): FileStatus;
  /** Like `status`, but for a symbolic link itself, not its target (lstat). @throws the system's error */
  linkStatus(path: string): FileStatus;
  /** @throws the system's error */
  readLink(path: string): string;
  /** Type of the first file system on the way that another machine or program serves; null when there is none. */
  remoteFileSystemOn(path: string, pid: number | null, touched: DirectoryResult): string | null;
  /** Whether a process has an advisory lock on a file. Tries once; creates no file and keeps no lock. */
  isLocked(path: string): Promise<Result<boolean>>;
  /** The text of a file in a git commit. */
  atCommit(ref: string, path: string, limit: number): CommitFileResult;
  /** Path of a file of this package. */
  packagePath(relative: string): string;
  /** Text of a file of this package; null when it is missing. @throws the system's error */
  readPackageFile(relative: string): string | null;
}

/**
 * Changes the machine: the only way to signal, request, start, lock, write, serve and upload.
 * @public what another machine implements
 */
export interface Actor {
  readonly files: FileWriter;
  readonly programs: Programs;
  readonly daemon: DaemonProcess;
  readonly terminal: Terminal;
  /** Opens process handles by pidfd, so that a signal never reaches a process with a reused PID. */
  detectPidfd(): Promise<HandleOpener>;
  /** Whether the system permits a signal to this process (signal 0, which has no effect). */
  maySignal(pid: number): SignalAnswer;
  /** Sends a request to a daemon: `POST /api/<action>`. Ends by its deadline. */
  request(request: DaemonRequest): Promise<RequestAnswer>;
  /** Takes an advisory lock, which the kernel releases when this process ends. */
  lock(path: string, waitMs: number): Promise<FileLock>;
  /** Serves on 127.0.0.1. */
  serve(port: number, allowedClients: AllowedClients, handle: RequestHandler): Promise<ServeResult>;
  /** Runs `work` in one SQLite transaction. */
  database<T>(
    path: string,
    access: DatabaseAccess,
    work: (transaction: Transaction) => T,
  ): Promise<TransactionResult<T>>;
  upload(upload: Upload): Promise<UploadAnswer>;
}

/** Each function returns the reason for a failure, or null. */
interface FileWriter {
  /** Writes a file of mode 0600 atomically. */
  writePrivate(path: string, text: string): string | null;
  /** Writes a file of mode 0644 atomically. */
  writePublic(path: string, text: string): string | null;
  /** Replaces the content of an existing file; owner and mode stay. */
  rewrite(path: string, text: string): string | null;
  /** Appends JSON lines and makes them durable (fsync). */
  appendLines(path: string, lines: readonly object[]): string | null;
  appendText(path: string, text: string): string | null;
  /** Makes the folder for a file, with mode 0700. */
  makePrivateFolder(file: string): string | null;
  remove(path: string): string | null;
}

interface Programs {
  /** Starts a process that outlives us, and waits until it reports in one line that it is ready. */
  startDetached(argv: readonly string[], options: DetachedOptions): Promise<DetachedStartResult>;
  startInBackground(argv: readonly string[], options: StartOptions): BackgroundProcess;
  runInForeground(argv: readonly string[], options: StartOptions): Promise<number | null>;
  succeeds(argv: readonly string[]): Promise<boolean>;
  outputOf(
    argv: readonly string[],
    bounds: { readonly deadlineMs: number; readonly longest: number },
  ): Promise<ProgramOutput>;
}

/** What a daemon does with its own process. */
interface DaemonProcess {
  /** Whether an inherited descriptor is this file. */
  isInherited(descriptor: number, path: string): boolean;
  /** Releases an inherited lock and writes one line to the process that started us, which may have exited. */
  answerStarter(lock: number, answer: number, line: string): void;
  /** Calls `act` on SIGTERM and SIGINT. */
  onStopSignal(act: (signal: string) => void): void;
  exit(code: number): never;
}
