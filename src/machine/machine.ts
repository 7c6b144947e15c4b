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
import type { Platform } from '../model/product.js';
import type { Result } from '../model/result.js';
import type { CollectorName } from '../model/scan.js';
import type { Collector } from './collector.js';
import type { CommitFileResult, FileStatus } from './files.js';
import type { HttpAnswer } from './http-answer.js';
import type { HealthRequest } from './http.js';
import type { FileLock } from './linux/flock.js';
import type { HandleOpener, SignalAnswer } from './linux/pidfd.js';
import type { OpenLog, ProcessResult, Stat } from './linux/processes.js';
import type { DaemonRequest, RequestAnswer } from './request.js';
import type { Timer } from './runtime.js';
import type { AllowedClients, Handle, OpenedServer } from './server.js';
import type { DetachedAnswer, DetachedOptions, ProgramOutput, Started, StartOptions } from './spawn.js';
import type { DatabaseAccess, Transaction, TransactionResult } from './sqlite.js';
import type { Terminal } from './terminal.js';
import type { Upload, UploadAnswer } from './upload.js';

/**
 * The machine as a port. Everything that is not determined by arguments goes through it: processes, sockets, requests,
 * files, locks, time, randomness and the environment. `localMachine` (local.ts) is the real one; another platform, or a
 * simulation, implements these interfaces and nothing else.
 *
 * Code that only looks is given an `Observer`, and has no way to an `Actor`.
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
  /** Asks one listener for its health, which changes nothing: `GET /api/health`. Ends by its deadline. */
  getHealth(question: HealthRequest): Promise<HttpAnswer>;
  /** Whether a process can be kept the same between the last look and a signal (pidfd). */
  pidfdSupport(): Promise<HandleSupport>;
}

/** The process that this code runs in. */
interface Self {
  readonly pid: number;
  /** Effective user id; -1 where the system has none. */
  readonly uid: number;
  /** Name of that user, or its number where the user database has no entry. */
  readonly userName: string;
  /** Path of the running Node. */
  readonly executable: string;
  /** The runtime, the program, and its arguments. */
  readonly commandLine: readonly string[];
  readonly nodeVersion: string;
  readonly architecture: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Null where the folder was deleted meanwhile. */
  workingDirectory(): string | null;
  /** Our own PID and those of our ancestors, nearest first. */
  lineage(): readonly number[];
  /** What PIDs, ports and boot times are relative to. */
  machineIdentity(): MachineIdentity;
  /** False in a PID namespace other than the first: a process that seems gone may live outside. */
  seesEveryProcess(): boolean;
}

interface Clock {
  /** Wall time; others may set it. */
  now(): Date;
  /** Milliseconds on a clock that nobody sets. */
  monotonicMs(): number;
  sleep(ms: number): Promise<void>;
  after(ms: number, act: () => void): Timer;
  every(ms: number, act: () => void): Timer;
}

interface ProcessReader {
  read(pid: number): ProcessResult;
  stat(pid: number): Stat;
  /** The named variables of the environment that it was started with. */
  environment<Name extends string>(
    pid: number,
    names: readonly Name[],
  ): Result<Partial<Record<Name, string>>>;
  activity(pid: number): Result<ProcessActivity>;
  /** Seconds that a process with this start has certainly existed for; negative where nothing is certain. */
  minimumAgeSeconds(startTicks: number): number;
  /** How many processes run that we can see. */
  count(): number;
  /** Where its standard output goes, if that is a file of this name. */
  openLog(pid: number, name: string): Result<OpenLog>;
}

interface SocketReader {
  /** The listening TCP sockets of this network namespace whose port passes. */
  listening(wanted: (port: number) => boolean): Promise<Result<readonly KernelSocket[]>>;
  /** The connections of a process that can still carry data. */
  connections(pid: number, listener: KernelSocket): Promise<Result<readonly Connection[]>>;
  /** Whether a process has the socket with this inode open; false also where that cannot be read. */
  holds(pid: number, inode: number): boolean;
  /** Whether an address is one of this machine's. */
  isLocalAddress(address: string): boolean;
}

interface FileReader {
  /** The file system tree of this process. */
  readonly ours: Tree;
  /** The tree that another process sees. */
  of(pid: number): Tree;
  read(path: string, limit: number): FileResult;
  exists(path: string): boolean;
  isDirectory(path: string): boolean;
  isLink(path: string): boolean;
  /** The path with every link resolved. */
  realPath(path: string): Result<string>;
  /** Absolute, with `..` resolved as the kernel does. */
  absolutePath(path: string): Result<string>;
  /** @throws the system's error */
  status(path: string): FileStatus;
  /** The same for a link itself. @throws the system's error */
  linkStatus(path: string): FileStatus;
  /** @throws the system's error */
  readLink(path: string): string;
  /** The first file system on the way that another machine or program answers for; null where there is none. */
  remoteFileSystemOn(path: string, pid: number | null, touched: DirectoryResult): string | null;
  /** Whether somebody holds an advisory lock on a file: tried once, and neither created nor kept. */
  isLocked(path: string): Promise<Result<boolean>>;
  /** A file as a git commit has it. */
  atCommit(ref: string, path: string, limit: number): CommitFileResult;
  /** A file of this package. */
  packagePath(relative: string): string;
  /** Its text; null where it is not there. @throws the system's error */
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
  /** Opens processes by pidfd, so that a signal reaches that incarnation or none. */
  detectPidfd(): Promise<HandleOpener>;
  /** What the system says to a signal that does nothing. */
  maySignal(pid: number): SignalAnswer;
  /** Asks a daemon for something: `POST /api/<action>`. Ends by its deadline. */
  request(request: DaemonRequest): Promise<RequestAnswer>;
  /** Takes an advisory lock, which the kernel drops with this process. */
  lock(path: string, waitMs: number): Promise<FileLock>;
  /** Serves on 127.0.0.1. */
  serve(port: number, visitors: AllowedClients, handle: Handle): Promise<OpenedServer>;
  /** Does one piece of work in one SQLite transaction. */
  database<T>(
    path: string,
    access: DatabaseAccess,
    work: (transaction: Transaction) => T,
  ): Promise<TransactionResult<T>>;
  upload(upload: Upload): Promise<UploadAnswer>;
}

/** Each returns why it failed, or null. */
interface FileWriter {
  /** For our user only, whole or not at all. */
  writePrivate(path: string, text: string): string | null;
  /** For all to read, whole or not at all. */
  writePublic(path: string, text: string): string | null;
  /** Another content for a file that is there; owner and mode stay. */
  rewrite(path: string, text: string): string | null;
  /** JSON lines, made durable. */
  appendLines(path: string, lines: readonly object[]): string | null;
  appendText(path: string, text: string): string | null;
  /** The folder that a file is to stand in, for our user only. */
  makePrivateFolder(file: string): string | null;
  remove(path: string): string | null;
}

interface Programs {
  /** Starts a process that outlives us, and waits for its one line of answer. */
  startDetached(argv: readonly string[], options: DetachedOptions): Promise<DetachedAnswer>;
  startInBackground(argv: readonly string[], options: StartOptions): Started;
  runInForeground(argv: readonly string[], options: StartOptions): Promise<number | null>;
  succeeds(argv: readonly string[]): Promise<boolean>;
  outputOf(
    argv: readonly string[],
    bounds: { readonly deadlineMs: number; readonly longest: number },
  ): Promise<ProgramOutput>;
}

/** What only the process of a daemon does with itself. */
interface DaemonProcess {
  /** Whether what was inherited under a number is this file, and no other. */
  isInherited(descriptor: number, path: string): boolean;
  /** Lets an inherited lock go, and writes one line to whoever started us; either may be gone. */
  answerStarter(lock: number, answer: number, line: string): void;
  /** Called on SIGTERM and SIGINT. */
  onStopSignal(act: (signal: string) => void): void;
  exit(code: number): never;
}
