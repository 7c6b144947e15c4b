import type { DetachedOptions, DetachedStartResult } from '../../../src/machine/spawn.js';
import { PLAIN } from '../world/world.js';
import type { Process, Role } from '../world/process.js';
import { closeFile, type OpenFile } from '../world/files.js';
import type { Calls, Pipe, Task } from './task.js';

/** Starts simulated processes that run the product. */
export interface Starter {
  readonly startDaemon: (process: Process, descriptors: Map<number, OpenFile>, starter: Pipe) => void;
  /** Called when the product has started a daemon. */
  readonly onStart: (child: Process) => void;
  /** What a process with this command line is. */
  readonly roleOf: (argv: readonly string[]) => Role | null;
}

/** Starts a daemon that outlives its starter, as src/machine/spawn.ts does. */
export function startDetached(
  { world, async, sync, isAlive }: Calls,
  task: Task,
  { startDaemon, roleOf, onStart }: Starter,
  argv: readonly string[],
  { env, log, inherited, deadlineMs }: DetachedOptions,
): Promise<DetachedStartResult> {
  return async<DetachedStartResult>(
    'programs.startDetached',
    argv.slice(2).join(' '),
    (settle) => {
      const spawn = (): void => {
        if (world.isOutOfFiles || world.isDiskFull) {
          const code = world.isOutOfFiles ? 'EMFILE' : 'ENOSPC';
          settle({ ok: false, why: `${log} cannot be opened: ${code}`, step: 'log', code });
          return;
        }
        const child = world.spawn({
          name: `our daemon ${argv[3]?.split('=')[1] ?? ''}`,
          argv,
          executable: argv[0] ?? '',
          role: roleOf(argv) ?? PLAIN,
          parent: task.process.pid,
          environment: env,
        });
        child.isBeingStarted = true;
        const descriptors = new Map<number, OpenFile>();
        const lock = task.descriptors.get(inherited.descriptor);
        if (lock) {
          lock.holders.add(child);
          child.openFiles.add(lock);
          descriptors.set(inherited.at, lock);
        }
        const pipe: Pipe = { onLine: () => undefined, onEnd: () => undefined };
        const answer = (line: string | null): void => {
          if (line === null)
            settle({ ok: false, why: 'it ended before it was ready', step: 'process', code: null });
          else settle({ ok: true, line, ...controlsOf(child, pipe) });
        };
        let isAnswered = false;
        pipe.onLine = (line) => {
          if (!isAnswered) answer(line);
          isAnswered = true;
        };
        const late = (): void => {
          if (isAnswered) return;
          world.end(child, 'its starter');
          settle({ ok: false, why: `it was not ready within ${deadlineMs} ms`, step: 'process', code: null });
        };
        world.later(deadlineMs, 'the deadline of a start', late, isAlive);
        world.later(0, 'a daemon starts', () => {
          startDaemon(child, descriptors, pipe);
        });
        openPipes.set(task, [...(openPipes.get(task) ?? []), pipe]);
        world.onChange();
        onStart(child);
      };
      world.later(0, 'forks', spawn, isAlive);
    },
    (result) => (result.ok ? result.line : result.why),
  );

  function controlsOf(
    child: Process,
    pipe: Pipe,
  ): Pick<Extract<DetachedStartResult, { ok: true }>, 'confirm' | 'refuse'> {
    return {
      confirm: () => {
        sync('started.confirm', child.pid, () => {
          endPipe(task, pipe, true);
        });
      },
      refuse: (endDeadlineMs) =>
        async<boolean>('started.refuse', child.pid, (settle) => {
          endPipe(task, pipe, false);
          const end = world.now + endDeadlineMs;
          const wait = (): void => {
            if (child.state !== 'running') settle(true);
            else if (world.now >= end) settle(false);
            else world.later(POLL_MS, 'waits for a daemon', wait, isAlive);
          };
          wait();
        }),
    };
  }
}

const POLL_MS = 50;

/** The pipes that a starter has open. They end when it ends. */
const openPipes = new WeakMap<Task, readonly Pipe[]>();

function endPipe(task: Task, pipe: Pipe, isConfirmed: boolean): void {
  openPipes.set(
    task,
    (openPipes.get(task) ?? []).filter((other) => other !== pipe),
  );
  pipe.onEnd(isConfirmed);
}

/** Ends what a dead process had open towards the daemons that it was starting. */
export function closePipes(task: Task): void {
  for (const pipe of openPipes.get(task) ?? []) pipe.onEnd(false);
  openPipes.delete(task);
  for (const file of task.descriptors.values()) closeFile(file, task.process);
}
