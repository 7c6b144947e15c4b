import { closeFile, type FileNode, FileTree, newInode, restartInodes } from './files.js';
import type { Process, Role, Socket } from './process.js';
import type { System } from './system.js';
import type { Trace } from '../trace.js';

export const OUR_UID = 1000;
export const OTHER_UID = 1001;
export const HOME = '/home/me';
export const OUR_ROOT = `${HOME}/.spec-kitty`;
const HOST_NETWORK = 'net:[1]';
/** The model's clock starts at this uptime, so that processes of different ages exist. */
const START_MS = 5_000_000;
const WALL_START_MS = Date.UTC(2026, 10, 30);
const MS_PER_TICK = 10;
/** More than a signed number of 32 bits. */
const FIRST_VERSION = 3_000_000_000;

/** Thrown into the code of a process that has ended, so that it does nothing more. */
export const KILLED = new Error('the process has ended');

/** Something that happens at a time, when the scheduler chooses it among everything that is due. */
interface Due {
  readonly at: number;
  readonly label: string;
  /** It is dropped if this no longer holds. */
  readonly isWanted: () => boolean;
  readonly act: () => void;
}

/** Everything that `spawn` needs; the rest has defaults. */
export interface NewProcess extends Partial<
  Pick<Process, 'uid' | 'parent' | 'session' | 'tree' | 'network' | 'environment' | 'log' | 'isReapedAtOnce'>
> {
  readonly name: string;
  readonly argv: readonly string[];
  readonly executable: string;
  readonly role: Role;
}

/**
 * The simulated machine: processes, sockets, files, time. It has no behaviour of its own but that of a kernel. All
 * changes go through it, so that the same seed gives the same run.
 */
export class World {
  now = START_MS;
  /** How far the wall clock was set, in milliseconds. */
  wallShift = 0;
  bootId = 'boot-1';
  isDiskFull = false;
  /** Whether our user has no open file left. */
  isOutOfFiles = false;
  /** Whether a root was deleted or renamed with the lock file of a start in it: that start then excludes no other. */
  areLocksLost = false;
  /** Number of the last step of the run. Each port call and each foreign event is a step. */
  step = 0;
  readonly byPid = new Map<number, Process>();
  /** All processes that ever ran. */
  readonly everRan: Process[] = [];
  readonly sockets: Socket[] = [];
  readonly host: FileTree;
  private readonly due: Due[] = [];
  private readonly freed: number[] = [];
  private nextPid = 300;
  private nextSerial = 1;
  private nextVersion = FIRST_VERSION;
  /** Called when a process has ended. */
  onEnd: (process: Process, by: string) => void = () => undefined;
  /** Called after each change that may change what may be done to a process. */
  onChange: () => void = () => undefined;

  constructor(
    readonly trace: Trace,
    /** How much later than asked a short sleep ends. */
    readonly lateness: number,
    /** Chooses one of `count` things that may happen next. */
    readonly choose: (count: number) => number,
    readonly system: System,
  ) {
    restartInodes();
    this.host = new FileTree('host', '64768');
    this.host.makeFolder(HOME, OUR_UID);
    this.spawn(
      { name: 'init', argv: ['/sbin/init'], executable: '/sbin/init', role: PLAIN, uid: 0, parent: 0 },
      1,
    );
  }

  wallMs(): number {
    return WALL_START_MS + this.now + this.wallShift;
  }

  /** Notes a step in the trace. */
  note(who: string, what: string, believed = '', truth = ''): void {
    this.trace.add({ step: this.step, at: this.now - START_MS, who, what, believed, truth });
  }

  later(ms: number, label: string, act: () => void, isWanted: () => boolean = always): void {
    this.due.push({ at: this.now + ms, label, act, isWanted });
  }

  /**
   * Lets one thing happen that is due; if nothing is, time passes until something is.
   * @param mayWait false in the middle of a call: no time passes there
   * @returns false if nothing happened
   */
  advance(mayWait = true): boolean {
    for (let index = this.due.length - 1; index >= 0; index--)
      if (this.due[index]?.isWanted() === false) this.due.splice(index, 1);
    if (this.due.length === 0) return false;
    let ready = this.readyIndexes();
    if (ready.length === 0) {
      if (!mayWait) return false;
      this.now = Math.min(...this.due.map(({ at }) => at));
      ready = this.readyIndexes();
    }
    const index = ready[this.choose(ready.length)] ?? 0;
    const [next] = this.due.splice(index, 1);
    this.step++;
    try {
      next?.act();
    } catch (error) {
      if (error !== KILLED) throw error;
    }
    return true;
  }

  private readyIndexes(): number[] {
    const ready: number[] = [];
    for (const [index, { at }] of this.due.entries()) if (at <= this.now) ready.push(index);
    return ready;
  }

  /** Starts a process. PIDs are reused as early as the kernel may: as soon as the process before was reaped. */
  spawn(given: NewProcess, pid = this.freePid()): Process {
    const process: Process = {
      parent: 1,
      uid: OUR_UID,
      tree: this.host,
      network: HOST_NETWORK,
      environment: {},
      log: null,
      isReapedAtOnce: true,
      ...given,
      session: given.session ?? pid,
      serial: this.nextSerial++,
      pid,
      startTicks: Math.floor(this.now / MS_PER_TICK),
      version: this.newVersion(),
      bornAt: this.now,
      state: 'running',
      suspension: null,
      hidden: 'nothing',
      sockets: new Set(),
      hadOpen: new Set(),
      openFiles: new Set(),
      activity: { cpuTicks: 100, contextSwitches: 1000, bytesRead: 10_000 },
      inbound: 0,
      isBeingStarted: false,
      recordedIn: null,
      wokenAt: null,
      unanswered: [],
      endedBy: null,
      endedAt: Infinity,
      hadPorts: new Set(),
    };
    this.byPid.set(pid, process);
    this.everRan.push(process);
    return process;
  }

  /** The PID that was free for longest; on macOS, whose commands have children of their own, the one that was freed last. */
  private freePid(): number {
    const freed = this.system.platform === 'darwin' ? this.freed.pop() : this.freed.shift();
    return freed ?? this.nextPid++;
  }

  /** A version that no process has had. */
  newVersion(): number {
    return this.nextVersion++;
  }

  /** Opens a listening socket. @returns null if the address is taken */
  listen(process: Process, port: number, address = '127.0.0.1', isShared = false): Socket | null {
    if (!isShared && this.listenersAt(process.network, port).some((other) => blocks(other.address, address)))
      return null;
    const { uid, network } = process;
    const socket: Socket = {
      ...{ inode: newInode(), address, port, uid, network },
      ...{ owners: new Set<Process>(), isHidden: false, wasHidden: false },
    };
    this.sockets.push(socket);
    this.share(socket, process);
    return socket;
  }

  listenersAt(network: string, port: number): readonly Socket[] {
    return this.sockets.filter((socket) => socket.port === port && socket.network === network);
  }

  /** Gives a process a copy of a socket. */
  share(socket: Socket, process: Process): void {
    socket.owners.add(process);
    process.sockets.add(socket);
    process.hadOpen.add(socket.inode);
    process.hadPorts.add(socket.port);
  }

  closeSocket(socket: Socket, process: Process): void {
    socket.owners.delete(process);
    process.sockets.delete(socket);
    if (socket.owners.size > 0) return;
    const index = this.sockets.indexOf(socket);
    if (index >= 0) this.sockets.splice(index, 1);
  }

  /** Ends a process: the kernel closes its files and sockets, and its parent reaps it at once or never. */
  end(process: Process, by: string): void {
    if (process.state !== 'running') return;
    process.state = 'zombie';
    process.endedBy = by;
    process.endedAt = this.step;
    for (const socket of [...process.sockets]) this.closeSocket(socket, process);
    for (const file of [...process.openFiles]) closeFile(file, process);
    process.openFiles.clear();
    for (const child of this.byPid.values()) if (child.parent === process.pid) child.parent = 1;
    if (process.isReapedAtOnce) this.reap(process);
    this.onEnd(process, by);
    this.onChange();
  }

  reap(process: Process): void {
    if (process.state !== 'zombie') return;
    process.state = 'reaped';
    this.byPid.delete(process.pid);
    this.freed.push(process.pid);
  }

  /** Someone deletes or renames a root, with the lock files in it. */
  loseLocks(root: string): void {
    this.areLocksLost = true;
    for (const process of this.byPid.values())
      if (process.role.daemon?.root === root) process.isBeingStarted = false;
  }

  /** A daemon is recorded by who has the start lock. A lock in a root that was renamed or deleted excludes nobody. */
  recorded(process: Process, stateFile: FileNode): void {
    process.isBeingStarted = false;
    process.recordedIn = this.areLocksLost ? null : stateFile;
  }

  running(): readonly Process[] {
    return [...this.byPid.values()].filter(({ state }) => state === 'running');
  }
}

function always(): boolean {
  return true;
}

export const PLAIN: Role = {
  kind: 'other',
  daemon: null,
  exitMs: 0,
  answerMs: 0,
  refusesRequests: false,
  ignoresTerm: false,
  mode: 'responsive',
  wakes: false,
  relaysTo: null,
};

/** Whether a socket at one address keeps another from the other address, on one port. */
function blocks(one: string, other: string): boolean {
  return one === other || [one, other].includes('0.0.0.0') || [one, other].includes('::');
}
