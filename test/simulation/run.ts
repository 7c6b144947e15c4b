import type { Machine } from '../../src/machine/machine.js';
import { DAEMON_FILES } from '../../src/model/root.js';
import { EVENTS } from './actors/events.js';
import { ourRole } from './actors/our-role.js';
import { type Stage, startListener } from './actors/listeners.js';
import { A_REQUEST, Judge } from './judge.js';
import { type ActorContext, actorOf } from './port/actor.js';
import type { PortCall } from './port/calls.js';
import type { Mutation } from './port/darwin/audit-token.js';
import { onDarwin } from './port/darwin/machine.js';
import { NODE, observerOf } from './port/observer.js';
import type { Queue } from './port/queue.js';
import { closePipes } from './port/spawn.js';
import { callsOf, type Pipe, type Side, type Task } from './port/task.js';
import { LAX_POLICY } from './open-policy-once.js';
import { newRandomness } from './randomness.js';
import type { Product } from './thread.js';
import { type CommandName, type PlannedEvent, type Schedule, systemOf } from './schedule.js';
import type { Trace } from './trace.js';
import { type Ending, endingBy, names, stateOf } from './truth.js';
import { fillQueue, writeState } from './actors/state-file.js';
import { checkOutcome, summaryOf } from './outcomes.js';
import { KILLED, OUR_ROOT, OUR_UID, PLAIN, World } from './world/world.js';
import type { OpenFile } from './world/files.js';
import type { Process } from './world/process.js';

/** A command of ours in a run. */
interface Command {
  readonly name: CommandName;
  readonly startedAt: number;
  isDone: boolean;
}

/** One run of a schedule. */
export class Run {
  readonly world: World;
  readonly judge: Judge;
  readonly stage: Stage;
  readonly tasks = new Map<Process, Task>();
  readonly commands = new Map<Task, Command>();
  /** Who started each simulated daemon. */
  readonly starters = new Map<Task, Task>();
  readonly queue: Queue;
  /** Step of the last event that may end a daemon or change the files of a root. */
  disturbed = 0;
  /** Events that happened, for the coverage of orders. */
  readonly met = new Map<PortCall, Set<string>>();
  eventsHappened = 0;
  /** What the commands returned, in the order of their ends. */
  readonly results: unknown[] = [];
  callsMade = 0;
  private readonly plan = new Map<PortCall, PlannedEvent[]>();
  private readonly counts = new Map<PortCall, number>();
  private readonly random = newRandomness();
  private readonly listeners: Process[] = [];
  /** The processes of each listener of the schedule. */
  readonly started: (readonly Process[])[] = [];
  private picked = 0;
  private areEventsOver = false;

  constructor(
    readonly schedule: Schedule,
    private readonly product: Product,
    trace: Trace,
    private readonly mutation: Mutation | null = null,
  ) {
    const { picks } = schedule;
    this.world = new World(
      trace,
      schedule.lateness,
      (count) => (picks[this.picked++ % Math.max(1, picks.length)] ?? 0) % count,
      systemOf(schedule.world),
    );
    const secrets = new Map<string, Process>();
    this.stage = { world: this.world, random: this.random, secrets };
    this.judge = new Judge(this.world, (task) => this.endingOf(task), secrets);
    this.world.onChange = () => {
      this.judge.update();
    };
    this.world.onEnd = (process) => {
      const task = this.tasks.get(process);
      if (task) this.forget(task);
    };
    this.queue = {
      ...{ rows: [], added: 1, acknowledged: new Map(), answers: [...schedule.server], isLocked: false },
      onDelete: ({ eventId, data }) => {
        const { content } = JSON.parse(data) as { content: string };
        if (this.queue.acknowledged.get(eventId)?.has(content) !== true)
          this.judge.violation(`the row of ${eventId} is deleted, and the server has not acknowledged it`);
      },
    };
    for (const event of schedule.events) {
      const events = this.plan.get(event.call);
      if (events) events.push(event);
      else this.plan.set(event.call, [event]);
    }
  }

  /** Which protections hold against a task: what a lax policy calls proven is what `--only safe_auto` then means. */
  private endingOf(task: Task): Ending {
    const command = this.commands.get(task);
    const name = command ? endingBy(command.name, this.world.system.platform) : 'none';
    return name === 'resetSafe' && this.schedule.isPolicyLax ? 'reset' : name;
  }

  /** Runs the schedule to its end. @returns the violations */
  play(): readonly string[] {
    this.setUp();
    for (const { program, atMs } of this.schedule.commands)
      this.world.later(atMs, `${program} starts`, () => {
        this.startCommand(program);
      });
    this.advanceWhile(
      () => [...this.commands.values()].some(({ isDone }) => !isDone) || this.hasNotStarted(),
    );
    this.settle();
    return this.judge.violations;
  }

  /** The functions of the port that were called. */
  get called(): readonly PortCall[] {
    return [...this.counts.keys()];
  }

  private hasNotStarted(): boolean {
    return this.commands.size < this.schedule.commands.length && this.world.step < 200;
  }

  private advanceWhile(isWanted: () => boolean): void {
    while (isWanted()) {
      if (this.world.step > MOST_STEPS) {
        this.judge.violation('the run does not end');
        return;
      }
      if (!this.world.advance()) return;
      for (const command of this.commands.values()) {
        if (command.isDone || this.world.now - command.startedAt < LONGEST_COMMAND_MS) continue;
        this.judge.violation(`${command.name} does not end within ${LONGEST_COMMAND_MS / 1000} s`);
        command.isDone = true;
      }
    }
  }

  /** Lets the daemons come to rest, without events, and checks what must hold then. */
  private settle(): void {
    this.areEventsOver = true;
    this.world.isDiskFull = false;
    this.world.isOutOfFiles = false;
    for (const process of this.world.running())
      if (process.role.mode === 'busy') process.role = { ...process.role, mode: 'responsive' };
    const end = this.world.now + SETTLE_MS;
    this.advanceWhile(() => this.world.now < end && [...this.tasks.values()].some(({ isOver }) => !isOver));
    const alive = [...this.starters.keys()].filter(
      ({ isOver, process }) => !isOver && process.suspension === null && process.uid === OUR_UID,
    );
    const who = alive.map(({ process }) => process.name);
    if (alive.length > 1 && !this.isStateInDoubt())
      this.judge.violation(`${who.join(' and ')} run for one root, and none retires`);
  }

  /** Whether the state file may mean a process that no daemon of ours can prove or rule out: then none of them retires. */
  private isStateInDoubt(): boolean {
    const state = stateOf(this.world.host, OUR_ROOT);
    if (state.kind !== 'names') return state.kind === 'doubt';
    const there = this.world.sockets.filter(({ port }) => port === state.port);
    const isProven = (owner: Process): boolean => this.tasks.has(owner) && names(state, owner);
    return there.some(({ owners }) => ![...owners].some(isProven));
  }

  private setUp(): void {
    const { world, schedule } = this;
    world.host.makeFolder(OUR_ROOT, OUR_UID);
    const shell = world.spawn({ name: 'shell', argv: ['/bin/bash'], executable: '/bin/bash', role: PLAIN });
    this.shell = shell;
    for (const [index, spec] of schedule.listeners.entries()) {
      world.now += 10_000;
      const started = startListener(this.stage, spec, 9400 + 2 * index);
      if (spec.trait === 'not reaped') for (const process of started) process.isReapedAtOnce = false;
      if (spec.kind === 'parent of the command') shell.parent = started[0]?.pid ?? 1;
      this.started.push(started);
      this.listeners.push(...started);
    }
    world.now += 100_000;
    writeState(this.stage, schedule, this.listeners, shell);
    if (schedule.world === 'drain') fillQueue(this.stage, this.queue);
    this.judge.update();
  }

  private shell: Process | null = null;

  /** Starts a command of ours. */
  startCommand(program: CommandName): void {
    const process = this.world.spawn({
      name: `${program} ${this.commands.size + 1}`,
      argv: [NODE, '/opt/spec-kitty/dist/bin.cjs', program],
      executable: NODE,
      role: PLAIN,
      parent: this.shell?.state === 'running' ? this.shell.pid : 1,
      environment: {
        HOME: '/home/me',
        SPEC_KITTY_ENABLE_SAAS_SYNC: '1',
        SPEC_KITTY_ACCESS_TOKEN: 'token',
        SPEC_KITTY_TEAM_ID: 'team',
        ...(this.schedule.isPolicyLax && { [LAX_POLICY]: '1' }),
      },
    });
    const task = this.newTask(process, new Map(), null);
    const command = { name: program, startedAt: this.world.now, isDone: false };
    this.commands.set(task, command);
    task.thread.start(program, this.machineOf(task), OUR_ROOT, (result, error) => {
      if (task.isOver) return;
      command.isDone = true;
      this.results.push(result);
      this.world.note(process.name, 'ends', JSON.stringify(error ?? summaryOf(result)));
      if (error !== null) this.judge.violation(`${process.name} throws ${error}`);
      else checkOutcome(this, task, program, result);
      this.world.end(process, 'itself');
    });
  }

  private newTask(process: Process, descriptors: Map<number, OpenFile>, starter: Pipe | null): Task {
    const thread = this.product.newThread((reason) => {
      if (reason !== KILLED) this.judge.violation(`${process.name} does not handle ${String(reason)}`);
    });
    const task: Task = {
      ...{
        process,
        thread,
        descriptors,
        starter,
        isOver: false,
        nextDescriptor: 10,
        handler: null,
        onStop: null,
      },
    };
    this.tasks.set(process, task);
    return task;
  }

  private machineOf(task: Task): Machine {
    const calls = callsOf(this, task);
    const context: ActorContext = {
      tasks: this.tasks,
      queue: this.queue,
      onDelivery: (sender, receiver, socket, request) => {
        this.judge.delivers(sender, receiver, socket, request);
      },
      onConnected: (sender, port) => {
        this.judge.connects(sender, port);
      },
      onObeyed: (sender, receiver) => {
        this.judge.sends(sender, receiver, A_REQUEST);
      },
      onSignal: (sender, receiver, signal) => {
        this.judge.sends(sender, receiver, signal);
      },
      deliver: (receiver, signal, by) => {
        this.deliver(receiver, signal, by);
      },
      onWrite: (writer, path, text, file) => {
        if (path.endsWith(`/${DAEMON_FILES.sync.stateFile}`)) this.world.recorded(writer.process, file);
        this.judge.writes(writer, path, text, this.starters.get(writer) ?? null);
      },
      onRemove: (remover, path) => {
        this.judge.removes(remover, path);
      },
      onStart: (child) => {
        this.judge.starts(task, child);
      },
      startDaemon: (process, descriptors, pipe) => {
        this.startOurDaemon(task, process, descriptors, pipe);
      },
      roleOf: ourRole,
    };
    const observer = observerOf(calls, task, context, this.random);
    const machine = { observer, actor: actorOf(calls, task, context) };
    return this.world.system.platform === 'darwin'
      ? onDarwin(machine, calls, task, context, this.mutation)
      : machine;
  }

  private startOurDaemon(
    starter: Task,
    process: Process,
    descriptors: Map<number, OpenFile>,
    pipe: Pipe,
  ): void {
    if (process.state !== 'running') {
      pipe.onLine(null);
      return;
    }
    const task = this.newTask(process, descriptors, pipe);
    this.starters.set(task, starter);
    task.thread.start('daemon', this.machineOf(task), OUR_ROOT, (_result, error) => {
      if (error !== null && !task.isOver) this.judge.violation(`${process.name} throws ${error}`);
      process.isBeingStarted = false;
      this.judge.update();
    });
  }

  livingTasks(): readonly Task[] {
    return [...this.tasks.values()].filter(({ isOver }) => !isOver);
  }

  /** Ends a process of ours at once, wherever it is. */
  kill(task: Task, by: string): void {
    if (!task.isOver) this.world.end(task.process, by);
  }

  /** The process of a task has ended. */
  private forget(task: Task): void {
    if (task.isOver) return;
    task.isOver = true;
    const command = this.commands.get(task);
    if (command) command.isDone = true;
    closePipes(task);
    task.starter?.onLine(null);
  }

  /** Delivers a signal to a process. */
  deliver(process: Process, signal: 'SIGTERM' | 'SIGKILL', by: string): void {
    const { world } = this;
    const act = (): void => {
      if (process.state !== 'running') return;
      const task = this.tasks.get(process);
      if (signal === 'SIGTERM' && process.suspension !== null) return;
      if (signal === 'SIGTERM' && task?.onStop) callsOf(this, task).enter(() => task.onStop?.('SIGTERM'));
      else if (task) this.kill(task, `${signal} of ${by}`);
      else if (signal === 'SIGKILL') world.end(process, `${signal} of ${by}`);
      else if (process.role.wakes) {
        process.role = { ...process.role, mode: 'responsive', wakes: false };
        process.wokenAt = world.step;
        for (const answer of process.unanswered.splice(0)) answer();
        world.onChange();
      } else if (!process.role.ignoresTerm && process.role.mode !== 'wedged')
        world.later(process.role.exitMs, 'exits', () => {
          world.end(process, `${signal} of ${by}`);
        });
    };
    world.later(0, `${signal} arrives at ${process.name}`, act);
  }

  /** A point of a port call: what the schedule plans for it happens. */
  point(task: Task, call: PortCall, side: Side, about: string): void {
    const { world } = this;
    world.step++;
    if (side === 'before') {
      this.callsMade++;
      this.counts.set(call, (this.counts.get(call) ?? 0) + 1);
      this.judge.looks(task, call, about);
    }
    if (world.step > MOST_STEPS && !task.isOver) {
      this.kill(task, 'the end of the run');
      return;
    }
    const planned = this.plan.get(call);
    if (!planned || this.areEventsOver) return;
    const count = this.counts.get(call) ?? 0;
    for (const event of planned) if (event.nth === count && event.side === side) this.happen(event, task);
  }

  private readonly happened = new Set<PlannedEvent>();

  private happen(planned: PlannedEvent, task: Task): void {
    if (this.happened.has(planned)) return;
    this.happened.add(planned);
    const { call, event, target, value } = planned;
    const targets = this.world.running().filter(({ hadOpen }) => hadOpen.size > 0);
    const chosen = targets[target % Math.max(1, targets.length)] ?? this.shell;
    if (!chosen) return;
    this.eventsHappened++;
    const met = this.met.get(call) ?? new Set();
    this.met.set(call, met.add(event));
    this.world.step++;
    this.disturbed = this.world.step;
    this.world.note('', event, '', chosen.name);
    EVENTS[event](this, chosen, value, task);
    this.world.step++;
    this.judge.update();
  }
}

const MOST_STEPS = 20_000;
/** A reset needs under a minute for each of two attempts, however much time others take. */
const LONGEST_COMMAND_MS = 180_000;
const SETTLE_MS = 100_000;
