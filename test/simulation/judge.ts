import { opaqueIdOf, type StartFields } from '../../src/model/opaque-id.js';
import { DAEMON_FILES } from '../../src/model/root.js';
import type { ResetResult } from '../../src/model/outcome.js';
import type { Request } from './actors/answers.js';
import type { PortCall } from './port/calls.js';
import type { Task } from './port/task.js';
import {
  type Ending,
  names,
  type Protection,
  PROTECTED_FROM,
  PROTECTIONS,
  protectionsOf,
  stateOf,
} from './truth.js';
import type { Process, Socket } from './world/process.js';
import { inodeOf } from './world/system.js';
import { VIOLATION } from './trace.js';
import { OUR_ROOT, OUR_UID, type World } from './world/world.js';

/** What a task did and saw, as far as the properties need it. */
interface Observations {
  /** Step at which the task last began to list the sockets. */
  scanned: number;
  /** Step at which it last began to read a process, by PID. */
  readonly readAt: Map<number, number>;
  /** Step at which it last began to read a target again, or looked whether the target still runs, by PID. */
  readonly looked: Map<number, number>;
  /** `looked` as it was when a shutdown request was sent, by port. */
  readonly lookedBeforeRequest: Map<number, Looks>;
  /** Step at which it last began to read a file, by path. */
  readonly opened: Map<string, number>;
  readonly intents: { readonly pid: number; readonly incarnation: string; readonly inode: number }[];
  readonly sent: Map<Process, Set<string>>;
  /** Ports to which a shutdown request was connected. */
  readonly asked: Set<number>;
  /** Step at which it last began to probe a port. */
  readonly probed: Map<number, number>;
  /** Step at which it last waited for a process to exit, by PID. */
  readonly waited: Map<number, number>;
}

type Looks = Pick<Observations, 'scanned' | 'looked'>;

/**
 * Checks the properties of docs/simulation.md after every step.
 *
 * A process may lose its protection, or get it, between the last look of the product and its act: no look can prevent
 * that. So an act is wrong if a protection held without interruption since before the product began its last look at
 * what the protection depends on, or since before its last wait for the process.
 */
export class Judge {
  readonly violations: string[] = [];
  private readonly since = new Map<Process, Map<Protection, number>>();
  private readonly records = new Map<Task, Observations>();
  private readonly acquired = new Map<Process, Map<Socket, number>>();
  /** Step at which a process that runs had closed its last socket. */
  private readonly closed = new Map<Process, number>();

  constructor(
    private readonly world: World,
    private readonly endingOf: (task: Task) => Ending,
    /** Secrets and tokens, with their owners. */
    private readonly secrets: Map<string, Process>,
  ) {}

  violation(text: string): void {
    this.violations.push(text);
    this.world.note('', VIOLATION, '', text);
  }

  of(task: Task): Observations {
    let record = this.records.get(task);
    if (!record) {
      record = {
        scanned: 0,
        readAt: new Map(),
        looked: new Map(),
        lookedBeforeRequest: new Map(),
        opened: new Map(),
        intents: [],
        sent: new Map(),
        asked: new Set(),
        probed: new Map(),
        waited: new Map(),
      };
      this.records.set(task, record);
    }
    return record;
  }

  /** Notes since when what protects each process. */
  update(): void {
    for (const process of this.world.byPid.values()) {
      if (process.state !== 'running' || process.hadOpen.size === 0) continue;
      const before = this.since.get(process);
      const now = protectionsOf(this.world, process, OUR_ROOT);
      const after = new Map<Protection, number>();
      for (const protection of now) after.set(protection, before?.get(protection) ?? this.world.step);
      this.since.set(process, after);
      const sockets = this.acquired.get(process) ?? new Map<Socket, number>();
      for (const socket of process.sockets) if (!sockets.has(socket)) sockets.set(socket, this.world.step);
      this.acquired.set(process, sockets);
      if (process.sockets.size > 0) this.closed.delete(process);
      else if (!this.closed.has(process)) this.closed.set(process, this.world.step);
    }
  }

  /** Notes what a task begins to read. */
  looks(task: Task, call: PortCall, about: string): void {
    const { step } = this.world;
    const record = this.of(task);
    if (call === 'collector.listSockets') record.scanned = step;
    else if (call === 'processes.read') record.readAt.set(Number(about), step);
    else if (call === 'processes.stat') {
      record.looked.set(Number(about), step);
      record.waited.set(Number(about), step);
    } else if (call === 'tree.readFile') record.opened.set(about, step);
    else if (call === 'getHealth') record.probed.set(Number(about.split(':')[1]), step);
    else if (call === 'request')
      record.lookedBeforeRequest.set(Number(about.split(':')[1]), {
        scanned: record.scanned,
        looked: new Map(record.looked),
      });
    else if (call === 'sockets.holds') {
      // Only a target that is read again is asked for its socket; a process may be read for other reasons too.
      const pid = Number(about.split(' ')[0]);
      record.looked.set(pid, record.readAt.get(pid) ?? step);
    }
  }

  /** A signal of the product is delivered, or a request obeyed. A process that has exited can still get a signal. */
  sends(task: Task, process: Process, how: string): void {
    const { sent } = this.of(task);
    sent.set(process, (sent.get(process) ?? new Set()).add(how));
    if (process.state === 'running') this.endsProcess(task, process, how);
  }

  private endsProcess(task: Task, process: Process, how: string): void {
    const record = this.of(task);
    const ending = this.endingOf(task);
    const asked =
      how === A_REQUEST ? record.lookedBeforeRequest.get(process.role.daemon?.port ?? 0) : undefined;
    const { scanned, looked } = asked ?? record;
    const protections = this.since.get(process) ?? new Map<Protection, number>();
    const why = PROTECTED_FROM[ending].find((protection) => {
      const since = protections.get(protection);
      if (since === undefined || since > lastLook(scanned, looked, process, protection)) return false;
      return !(isOfState(protection) && isWokenUnseen(process, how, record));
    });
    if (process.hadOpen.size === 0) this.violation(`${how} reaches ${process.name}, which never listened`);
    if (why !== undefined) this.violation(`${how} reaches ${process.name}: ${PROTECTIONS[why]}`);
    if (isAncestor(this.world, process, task.process))
      this.violation(`${how} reaches ${process.name}, which is the command or started it`);
    const now = this.world.system.incarnationOf(process);
    const isIntended = record.intents.some(
      ({ pid, incarnation, inode }) =>
        pid === process.pid && incarnation === now && process.hadOpen.has(inode),
    );
    if (how !== A_REQUEST && this.world.system.signals === null)
      this.violation(`${how} reaches ${process.name}, and this system has no signal for one incarnation`);
    if (!isIntended) this.violation(`${how} reaches ${process.name}, and the journal has no intent for it`);
  }

  /** A shutdown request of the product has a connection: the daemon may receive it. */
  connects(task: Task, port: number): void {
    this.of(task).asked.add(port);
  }

  /** A request of the product reaches a process. */
  delivers(task: Task, receiver: Process, socket: Socket, { method, body }: Request): void {
    if (
      method !== 'POST' ||
      this.world.listenersAt(socket.network, socket.port).some((each) => each.wasHidden)
    )
      return;
    const record = this.of(task);
    for (const [secret, owner] of this.secrets) {
      if (!body.includes(secret)) continue;
      if (owner.role.daemon?.generation === 'own')
        this.violation(`the secret of ${owner.name} is sent to ${receiver.name}`);
      const acquired = this.acquired.get(receiver)?.get(socket) ?? 0;
      const before = record.lookedBeforeRequest.get(socket.port) ?? record;
      if (
        owner !== receiver &&
        acquired <= before.scanned &&
        !this.isUnseenHeir(owner, secret, socket, before)
      )
        this.violation(`the token of ${owner.name} is sent to ${receiver.name}`);
    }
  }

  /**
   * The one case in which a token reaches another process that had the socket at the time of the scan ("A request has no
   * process handle" in docs/safety-case.md): the daemon had itself passed this very socket on, to a process that no
   * scan can see, and after the last look it ended, ran another program, or closed its sockets. Its token then opens
   * nothing.
   */
  private isUnseenHeir(daemon: Process, token: string, socket: Socket, { scanned, looked }: Looks): boolean {
    const since = this.since.get(daemon);
    const isGone = daemon.state !== 'running';
    const gone = isGone ? daemon.endedAt : (since?.get('notDaemon') ?? this.closed.get(daemon) ?? 0);
    const others = this.world.running().filter((process) => process !== daemon);
    return (
      this.acquired.get(daemon)?.has(socket) === true &&
      gone > (looked.get(daemon.pid) ?? Infinity) &&
      (since?.get('sharedSocket') ?? Infinity) > scanned &&
      others.every(({ role }) => role.daemon?.secret !== token)
    );
  }

  /** The product starts a daemon of our root. */
  starts(task: Task, child: Process): void {
    const { scanned } = this.of(task);
    const doubtful = this.world
      .running()
      .find(
        (process) =>
          process.sockets.size > 0 &&
          !isHiddenAndNamesNoRoot(process) &&
          (this.since.get(process)?.get('inDoubt') ?? Infinity) <= scanned,
      );
    if (
      doubtful?.role.daemon?.root === OUR_ROOT &&
      doubtful.tree === this.world.host &&
      doubtful.uid === OUR_UID
    )
      this.violation(`a daemon is started, and ${doubtful.name} may be the live one`);
    const other = this.world
      .running()
      .find(
        (process) => process !== child && process.isBeingStarted && process.role.daemon?.root === OUR_ROOT,
      );
    if (other && !this.world.areLocksLost)
      this.violation(`a daemon is started while ${other.name} is being started`);
  }

  /** The product writes a file. */
  writes(task: Task, path: string, text: string, starter: Task | null): void {
    if (path.endsWith('/journal.jsonl')) this.readIntents(task, text);
    if (path.endsWith('/sync-daemon')) {
      const replaced = this.recordedIn(path);
      const look = starter ? this.of(starter).scanned : 0;
      const since = replaced && this.since.get(replaced)?.get('live');
      const mayReplace = this.world.areLocksLost || (replaced && isOlder(replaced));
      if (replaced && replaced !== task.process && since !== undefined && since <= look && !mayReplace)
        this.violation(`${replaced.name} is healthy and recorded, and is replaced by an older daemon`);
      return;
    }
    if (path.endsWith('.json')) {
      const { secret } = JSON.parse(text) as { secret?: string };
      if (secret !== undefined) this.secrets.set(secret, task.process);
      return;
    }
    for (const [secret, owner] of this.secrets)
      if (text.includes(secret)) this.violation(`the secret of ${owner.name} is written to ${path}`);
  }

  private readIntents(task: Task, text: string): void {
    for (const line of text.split('\n').filter((each) => each !== '')) {
      const { event, pid, act, reason, ...start } = JSON.parse(line) as Readonly<
        Record<'event' | 'act' | 'reason', string>
      > &
        StartFields & { readonly pid: number };
      const incarnation = opaqueIdOf(start.start_ticks, start.incarnation) ?? '';
      const inode = inodeOf(act.split('-')[1] ?? '');
      if (event === 'intent') this.of(task).intents.push({ pid, incarnation, inode });
      if (event === 'retirement') this.retires(task, reason);
    }
  }

  /** A daemon of ours retires: what it says of its state file must be so. */
  private retires({ process }: Task, reason: string): void {
    const state = stateOf(this.world.host, OUR_ROOT);
    const record = `${OUR_ROOT}/${DAEMON_FILES.sync.identityFolder}/${process.role.daemon?.id ?? ''}.json`;
    if (state.kind !== 'names' || names(state, process) || !this.world.host.node(record)) return;
    const isThere = this.world.sockets.some(({ port }) => port === state.port);
    const recorded = this.world.running().find((each) => names(state, each));
    const isTrue = reason === 'superseded' ? recorded !== undefined : reason !== 'record_gone' || !isThere;
    if (!isTrue) this.violation(`${process.name} retires (${reason}), and the state file does not prove it`);
  }

  /** The product removes a file. */
  removes(task: Task, path: string): void {
    const { byPid } = this.world;
    if (path.endsWith('/sync-daemon')) {
      const recorded = this.recordedIn(path);
      const since = recorded && this.since.get(recorded)?.get('live');
      const opened = this.of(task).opened.get(path) ?? 0;
      // Who records a daemon under the start lock cannot be overlooked; who edits the file can.
      const isLate = since !== undefined && since <= opened;
      const stateFile = this.world.host.node(path);
      const isOverlooked = recorded?.recordedIn === stateFile && recorded?.role.mode !== 'wedged';
      const isProtected = isLate || isOverlooked;
      if (recorded && recorded !== task.process && isProtected)
        this.violation(`the state file that names ${recorded.name}, which runs, is removed`);
      return;
    }
    const [, id] = /([0-9a-f]{32})\.(?:json|lock)$/.exec(path) ?? [];
    for (const process of byPid.values()) {
      if (process.state !== 'running' || process === task.process || process.uid !== OUR_UID) continue;
      if (process.role.daemon?.id === id && id !== undefined)
        this.violation(`the record or lock of ${process.name}, which runs, is removed`);
    }
  }

  private recordedIn(stateFile: string): Process | undefined {
    const state = stateOf(this.world.host, stateFile.slice(0, stateFile.lastIndexOf('/')));
    if (state.kind !== 'names') return undefined;
    return this.world.running().find((process) => process.uid === OUR_UID && names(state, process));
  }

  /** A command has ended with a result: each candidate is in it once, and the entry is what happened. */
  entries(task: Task, listeners: readonly { readonly id: string | null }[], result: ResetResult): void {
    const found = listeners.map(({ id }) => id).sort();
    const reported = result.map(({ candidate }) => candidate.evidence.socket.id).sort();
    if (JSON.stringify(found) !== JSON.stringify(reported))
      this.violation(`the result has the sockets ${reported.join(' ')}, and the scan had ${found.join(' ')}`);
    for (const entry of result) this.entry(task, entry);
  }

  private entry(task: Task, { candidate, outcome }: ResetResult[number]): void {
    if (outcome.bucket === 'failed' && outcome.reason === 'internal_error')
      this.violation(`an entry failed by an internal error: ${outcome.detail}`);
    const { socket, holder } = candidate.evidence;
    const { id, port } = socket;
    if (holder.kind !== 'known' || id === null) {
      if (outcome.bucket === 'swept') this.violation(`port ${port} is swept, and its process was not known`);
      return;
    }
    const { pid, incarnation } = holder.process;
    const inode = inodeOf(id);
    const process = this.world.everRan.find((each) => each.pid === pid && each.hadOpen.has(inode));
    const record = this.of(task);
    const sent = (process && record.sent.get(process)) ?? new Set<string>();
    const who = process?.name ?? `PID ${pid}`;
    if (outcome.bucket === 'swept') {
      // On macOS a process that runs another program is another incarnation.
      const isSame = process && this.world.system.incarnationOf(process) === incarnation;
      if (isSame && process.state === 'running' && process.uid === OUR_UID)
        this.violation(`${who} is swept, and runs`);
      if (this.world.sockets.some((each) => each.inode === inode))
        this.violation(`${who} is swept, and its socket is open`);
      const isTrue = {
        http_shutdown: record.asked.has(port),
        terminate: sent.has('SIGTERM'),
        kill: sent.has('SIGKILL'),
        // Another socket of the process may have been dealt with before.
        already_gone: sent.size === 0 || (process?.hadOpen.size ?? 0) > 1,
      }[outcome.path];
      if (!isTrue)
        this.violation(`${who} is swept by ${outcome.path}, and got ${[...sent].join(', ') || 'nothing'}`);
      return;
    }
    const hasOneSocket = process?.hadOpen.size === 1;
    const saysSo = outcome.detail.includes('had been sent');
    if (outcome.bucket === 'skipped' && sent.size > 0 && hasOneSocket && !saysSo)
      this.violation(`${who} is skipped (${outcome.reason}), and got ${[...sent].join(', ')}`);
  }
}

/** Whether a daemon is of this program and older, so that a start may replace it. */
function isOlder({ role: { daemon } }: Process): boolean {
  return daemon?.generation === 'own' && daemon.version < '3.3.0';
}

function isAncestor(world: World, process: Process, of: Process): boolean {
  for (let pid = of.pid; pid > 0; pid = world.byPid.get(pid)?.parent ?? 0)
    if (pid === process.pid) return true;
  return false;
}

/**
 * Whether a daemon cannot be known to be one of our root: no scan lists its socket, and its command line names no root
 * ("A malformed state file" in docs/safety-case.md).
 */
function isHiddenAndNamesNoRoot({ sockets, role }: Process): boolean {
  return role.daemon?.generation === 'pre-marker' && [...sockets].every(({ wasHidden }) => wasHidden);
}

function isOfState(protection: Protection): boolean {
  return protection === 'live' || protection === 'inDoubt';
}

/**
 * Whether a stuck daemon was woken by SIGTERM, and no probe can show it: it was woken after the probe before this act
 * had begun; or by the SIGTERM of this command, and has neither ended nor answered since ("A stuck daemon that SIGTERM
 * wakes" in docs/safety-case.md).
 */
function isWokenUnseen(process: Process, how: string, record: Observations): boolean {
  const { pid, role, suspension, wokenAt } = process;
  if (wokenAt === null) return false;
  const probed = record.probed.get(role.daemon?.port ?? 0) ?? 0;
  if (wokenAt > probed && probed > (record.waited.get(pid) ?? 0)) return true;
  const isSilent = role.mode === 'busy' || suspension !== null;
  return how === 'SIGKILL' && isSilent && record.sent.get(process)?.has('SIGTERM') === true;
}

/** How a process ends that obeys a shutdown request. */
export const A_REQUEST = 'a shutdown request';

/** Step of the last look at what a protection depends on. */
function lastLook(
  scanned: number,
  looked: ReadonlyMap<number, number>,
  { pid }: Process,
  protection: Protection,
): number {
  const isOfScan = ['sharedSocket', 'unproven', 'silent'].includes(protection);
  return isOfScan ? scanned : Math.max(scanned, looked.get(pid) ?? 0);
}
