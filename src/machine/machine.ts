import type {
  Connection,
  DirectoryResult,
  FileEnd,
  FileResult,
  KernelSocket,
  MachineIdentity,
  PathStatus,
  PathUse,
  ProcessActivity,
  ProcessEvidence,
  Tree,
  VisibleProcesses,
} from '../model/evidence.js';
import type { HandleSupport } from '../model/outcome.js';
import type { Platform } from '../model/platform.js';
import type { Result } from '../model/result.js';
import type { CollectorName } from '../model/scan.js';
import type { Collector } from './collector.js';
import type { FileStatus } from './files.js';
import type { CommitFileResult } from './git.js';
import type { HttpAnswer } from './http-answer.js';
import type { HealthRequest } from './http.js';
import type { FileLock } from './linux/flock.js';
import type { HandleOpener } from './linux/pidfd.js';
import type { OpenLog, ProcessResult, ProcessStat } from './linux/processes.js';
import type { ProgramOutput } from './program-output.js';
import type { DaemonRequest, RequestAnswer } from './request.js';
import type { Timer } from './runtime.js';
import type { AllowedClients, RequestHandler, ServeResult } from './server.js';
import type { DetachedStartResult, DetachedOptions, BackgroundProcess, StartOptions } from './spawn.js';
import type { DatabaseAccess, Transaction, TransactionResult } from './sqlite.js';
import type { Terminal } from './terminal.js';
import type { Upload, UploadAnswer } from './upload.js';

/**
 * The machine as a port: all access to processes, sockets, files, locks, time, randomness and the environment goes
 * through this interface. `localMachine` (local.ts) returns the real machine, with the functions of its platform; a
 * simulated machine implements these interfaces.
 *
 * Code that only reads is given an `Observer`, which gives no access to an `Actor`.
 */
export interface Machine {
  readonly observer: Observer;
  readonly actor: Actor;
  /** The same machine with the right to act, where acting is an experiment that the user switches on. */
  readonly experiment?: Machine;
}

/**
 * Read access to the machine, which changes nothing. Functions return expected failures as values and do not throw
 * them, except those marked `@throws`.
 */
export interface Observer {
  readonly platform: Platform;
  /** Why no daemon is asked to stop and none is signalled, although daemons can be proven. Absent where that is done. */
  readonly notActing?: string;
  readonly self: Self;
  readonly clock: Clock;
  readonly processes: ProcessReader;
  readonly sockets: SocketReader;
  readonly files: FileReader;
  readonly collectors: Readonly<Partial<Record<CollectorName, Collector>>> & {
    readonly systeminformation: Collector;
  };
  randomBytes(count: number): Buffer;
  /** Probes one listener's health: `GET /api/health`, which changes nothing. Ends by its deadline. */
  getHealth(request: HealthRequest): Promise<HttpAnswer>;
  /** Reads whether this system has process handles, so that a signal never reaches a process with a reused PID. */
  pidfdSupport(): Promise<HandleSupport>;
}

/** The process that this code runs in. */
interface Self {
  readonly pid: number;
  /** Effective user id; -1 on a system without user ids. */
  readonly uid: number;
  /** Real user id, which differs from `uid` in a set-user-ID program; -1 on a system without user ids. */
  readonly realUid: number;
  /** Name of the effective user, or the user id if the user database has no entry for it. */
  readonly userName: string;
  /** Returns a user as sudo(8) takes it: by name, or as `#4711` if /etc/passwd has no entry for the user. */
  readonly accountName: (uid: number) => string;
  /** Path of the Node program that runs this code. */
  readonly executable: string;
  /** Path of Node, path of the program, and its arguments. */
  readonly commandLine: readonly string[];
  readonly nodeVersion: string;
  readonly architecture: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Returns the working directory; null if it was deleted. */
  workingDirectory(): string | null;
  /** Whether the path of the working directory is UTF-8. If not, `workingDirectory` returns the path of another one. */
  isWorkingDirectoryUtf8(): boolean;
  /** Whether a value in `environment` is UTF-8. If not, the value in `environment` is a different text. */
  isVariableUtf8(name: string, value: string): boolean;
  /** Reads the home folder of the real user from the user database, as Python does if HOME is not set. */
  homeInUserDatabase(): Result<string>;
  /** Returns our own PID and the PIDs of our ancestors, nearest first. */
  lineage(): readonly number[];
  /**
   * Reads the ids of the machine, its boot and our network namespace: PIDs, start times and ports are valid only within
   * these.
   */
  machineIdentity(): MachineIdentity;
  /** Reads which processes of the machine `/proc` shows. A process that it does not show may still run. */
  visibleProcesses(): VisibleProcesses;
}

interface Clock {
  /** Returns the wall time, from a clock that can be set. */
  now(): Date;
  /** Returns milliseconds on a clock that cannot be set. */
  monotonicMs(): number;
  sleep(ms: number): Promise<void>;
  after(ms: number, act: () => void): Timer;
  every(ms: number, act: () => void): Timer;
}

interface ProcessReader {
  read(pid: number): ProcessResult;
  /** Whether the effective user of a process is ours, which is one system call. False if the process has ended. */
  hasOurUser(pid: number): boolean;
  stat(pid: number): ProcessStat;
  /** Reads the named variables of the environment that a process was started with. */
  environment<Name extends string>(
    pid: number,
    names: readonly Name[],
  ): Result<Partial<Record<Name, string>>>;
  activity(pid: number): Result<ProcessActivity>;
  /**
   * Computes a lower bound for the age of an incarnation of a process, in seconds; negative or NaN if no bound is known.
   */
  minimumAgeSeconds(process: Pick<ProcessEvidence, 'pid' | 'incarnation'>): number;
  /** Lists the PIDs of the processes that `/proc` shows, piece by piece; null if they cannot be listed. */
  pids(): Iterable<number> | null;
  /** Counts the processes that `/proc` shows. */
  count(): number;
  /** Reads the path of the log that a process has as its standard output, if the log's file name is `name`. */
  openLog(pid: number, name: string): Result<OpenLog>;
}

interface SocketReader {
  /**
   * Lists the listening TCP sockets of this network namespace whose port passes `wanted`. A listed socket listens. That a
   * socket is not listed proves nothing: other users can hide a row while the table is read. `lacksListener` tells.
   */
  listening(wanted: (port: number) => boolean): Promise<Result<readonly KernelSocket[]>>;
  /**
   * Whether something listens at 127.0.0.1 on a port that no listed socket accounts for. An error if the kernel neither
   * accepts nor refuses a connection.
   * @param isListed whether a socket with this address and the port is listed
   */
  lacksListener(port: number, isListed: (address: string) => boolean): Promise<Result<boolean>>;
  /** Reads the connections of a process that can still carry data. */
  connections(pid: number, listener: KernelSocket): Promise<Result<readonly Connection[]>>;
  /**
   * Whether a process has the socket with this id open. False also if the descriptors of the process cannot be read.
   */
  holds(pid: number, socketId: string): boolean;
  /** Whether an address belongs to this machine. */
  isLocalAddress(address: string): boolean;
}

interface FileReader {
  /** Our own file system tree. */
  readonly ours: Tree;
  /** Returns the file system tree that another process sees. */
  of(pid: number): Tree;
  read(path: string, limit: number): FileResult;
  /** Reads the end of a regular file of any size: whole lines, as many as `limit` bytes have. */
  readEnd(path: string, limit: number): FileEnd;
  exists(path: string): boolean;
  isDirectory(path: string): boolean;
  isLink(path: string): boolean;
  /** Reads what is at a path, and whether we may use it in this way. Opens nothing. */
  inspect(path: string, use: PathUse): PathStatus;
  /** Resolves every symbolic link in a path. */
  realPath(path: string): Result<string>;
  /** Makes a path absolute, with `..` resolved as the kernel does. */
  absolutePath(path: string): Result<string>;
  /**
   * Reads the status of a file. A symbolic link is followed.
   * @throws the system's error
   */
  status(path: string): FileStatus;
  /**
   * Reads the status of a file without following a symbolic link: the result describes the link itself (lstat).
   * @throws the system's error
   */
  linkStatus(path: string): FileStatus;
  /**
   * Reads the target of a symbolic link.
   * @throws the system's error
   */
  readLink(path: string): string;
  /** Returns the type of the first remote file system (NFS, FUSE) on the way to a path; null if there is none. */
  remoteFileSystemOn(path: string, pid: number | null, touched: DirectoryResult): string | null;
  /** Whether a process has an advisory lock on a file. Tries once; creates no file and keeps no lock. */
  isLocked(path: string): Promise<Result<boolean>>;
  /**
   * Whether everyone who uses the file system of a path sees the advisory locks on it: true only for known local file
   * systems, because the locks of a network or FUSE file system may be those of one machine.
   */
  hasVisibleLocks(path: string): boolean;
  /**
   * Returns the number of the file system of a path (statfs) if everyone who has the path on such a file system sees the
   * advisory locks on it; null if that is not known.
   */
  lockingFileSystemOf(path: string): number | null;
  /**
   * Whether a file exists whose lock was certainly released; false in doubt.
   * @param fileSystem the file system on which the lock was taken; null if it is not known
   */
  isReleased(path: string, fileSystem: number | null): Promise<boolean>;
  /** Reads the text of a file in a git commit. */
  atCommit(ref: string, path: string, limit: number): CommitFileResult;
  /** Returns the path of a file of this package. */
  packagePath(relative: string): string;
  /**
   * Reads the text of a file of this package; null if the file is missing.
   * @throws the system's error
   */
  readPackageFile(relative: string): string | null;
}

/**
 * Access that changes the machine: the only way to signal processes, send requests, start programs, take locks, write
 * files, serve and upload.
 * @public for other implementations of a machine, such as a simulated one
 */
export interface Actor {
  readonly files: FileWriter;
  readonly programs: Programs;
  readonly daemon: DaemonProcess;
  readonly terminal: Terminal;
  /** Opens process handles (pidfd or audit token), so that a signal never reaches a process with a reused PID. */
  detectPidfd(): Promise<HandleOpener>;
  /** Sends a request to a daemon: `POST /api/<action>`. Ends by its deadline. */
  request(request: DaemonRequest): Promise<RequestAnswer>;
  /** Takes an advisory lock, which the kernel releases when this process ends. */
  lock(path: string, waitMs: number): Promise<FileLock>;
  /** Serves HTTP on 127.0.0.1. */
  serve(port: number, allowedClients: AllowedClients, handle: RequestHandler): Promise<ServeResult>;
  /** Runs `work` in one SQLite transaction. */
  database<T>(
    path: string,
    access: DatabaseAccess,
    work: (transaction: Transaction) => T,
  ): Promise<TransactionResult<T>>;
  upload(upload: Upload): Promise<UploadAnswer>;
}

/** Functions that change files. Each returns null, or the reason if it fails. */
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
  /** Makes the folder that is to contain `file`, with mode 0700. */
  makePrivateFolder(file: string): string | null;
  /** Fails if the new name is taken. */
  rename(path: string, target: string): string | null;
  remove(path: string): string | null;
}

interface Programs {
  /** Starts a process that outlives us, and waits until it reports in one line that it is ready to be confirmed. */
  startDetached(argv: readonly string[], options: DetachedOptions): Promise<DetachedStartResult>;
  startInBackground(argv: readonly string[], options: StartOptions): BackgroundProcess;
  runInForeground(argv: readonly string[], options: StartOptions): Promise<number | null>;
  /** Starts a program of the user's session, such as a browser, which may outlive us. @returns null, or why it failed */
  startInSession(argv: readonly string[], patienceMs: number): Promise<string | null>;
  succeeds(argv: readonly string[]): Promise<boolean>;
  outputOf(
    argv: readonly string[],
    bounds: { readonly deadlineMs: number; readonly longest: number },
  ): Promise<ProgramOutput>;
}

/** What a daemon does with its own process. */
interface DaemonProcess {
  /** Whether an inherited descriptor refers to the file at `path`. */
  isInherited(descriptor: number, path: string): boolean;
  /**
   * Releases an inherited lock, writes one line to the process that started us, and resolves when that process has
   * confirmed us (true), or refuses us or is gone (false).
   */
  answerStarter(lock: number, answer: number, line: string): Promise<boolean>;
  /** Calls `act` on SIGTERM and SIGINT. */
  onStopSignal(act: (signal: string) => void): void;
  exit(code: number): never;
}
