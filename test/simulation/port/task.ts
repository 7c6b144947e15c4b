import type { RequestHandler } from '../../../src/machine/server.js';
import type { OpenFile } from '../world/files.js';
import type { Process } from '../world/process.js';
import { KILLED, type World } from '../world/world.js';
import type { Thread } from '../thread.js';
import type { PortCall } from './calls.js';

/** A simulated process that runs the product. */
export interface Task {
  readonly process: Process;
  readonly thread: Thread;
  /** True once it was killed or has exited: none of its code has an effect any more. */
  isOver: boolean;
  /** Open files by descriptor number. */
  readonly descriptors: Map<number, OpenFile>;
  nextDescriptor: number;
  /** Answers requests, if it serves. */
  handler: RequestHandler | null;
  onStop: ((signal: string) => void) | null;
  /** The pipe to the process that started it. */
  readonly starter: Pipe | null;
}

/** The pipe between a starter and the daemon that it starts. */
export interface Pipe {
  /** Called with the line of the daemon, or with null when the daemon has ended. */
  onLine: (line: string | null) => void;
  /** Called with whether the starter confirmed the daemon. */
  onEnd: (isConfirmed: boolean) => void;
}

/** Where a task is in its run, for the rest of the simulation. */
export interface Observed {
  readonly world: World;
  /** Called before and after every port call, and in the middle of those that consist of several system calls. */
  point(task: Task, call: PortCall, side: Side, about: string): void;
}

export type Side = 'before' | 'during' | 'after';

/** The functions with which the port is implemented: each call has points at which others act. */
export interface Calls {
  readonly world: World;
  /** A call that returns at once. */
  readonly sync: <T>(
    call: PortCall,
    about: string | number,
    body: () => T,
    shown?: (value: T) => string,
  ) => T;
  /** A point in the middle of a call that consists of several system calls. */
  readonly within: (call: PortCall) => void;
  /** A call that ends when `settle` is called. */
  readonly async: <T>(
    call: PortCall,
    about: string | number,
    begin: (settle: (value: T) => void) => void,
    shown?: (value: T) => string,
  ) => Promise<T>;
  /** Lets code of the task run that waits for no promise: a timer, a signal handler. */
  readonly enter: (act: () => void) => void;
  /** Whether the task still runs. */
  readonly isAlive: () => boolean;
}

export function callsOf(run: Observed, task: Task): Calls {
  const { world } = run;
  const { name } = task.process;
  const check = (): void => {
    if (task.isOver) throw KILLED;
  };
  const note = (call: PortCall, about: string | number, believed: string): void => {
    if (world.trace.isKept) world.note(name, about === '' ? call : `${call} ${about}`, believed);
  };
  const point = (call: PortCall, side: Side, about: string | number): void => {
    check();
    run.point(task, call, side, String(about));
    check();
  };
  const enter = (act: () => void): void => {
    if (task.isOver) return;
    if (task.thread.isBusy()) {
      world.later(0, 'its thread is busy', () => {
        enter(act);
      });
      return;
    }
    task.thread.run(act);
  };
  return {
    world,
    sync(call, about, body, shown) {
      point(call, 'before', about);
      const value = body();
      if (world.trace.isKept) note(call, about, shown?.(value) ?? '');
      point(call, 'after', about);
      return value;
    },
    within(call) {
      point(call, 'during', '');
    },
    async(call, about, begin, shown) {
      point(call, 'before', about);
      note(call, about, '…');
      let isSettled = false;
      return task.thread.promise((resolve) => {
        begin((value) => {
          if (isSettled || task.isOver) return;
          isSettled = true;
          if (world.trace.isKept) note(call, about, shown?.(value) ?? 'done');
          run.point(task, call, 'after', String(about));
          // An event at this point may have ended the task.
          if (isOver(task)) return;
          resolve(value);
          task.thread.drain();
        });
        point(call, 'during', about);
      });
    },
    enter,
    isAlive: () => !task.isOver,
  };
}

function isOver(task: Task): boolean {
  return task.isOver;
}

/** For functions of the port that nothing calls in a simulation. */
export function notSimulated(call: string): never {
  throw new Error(`the simulation has no ${call}`);
}
