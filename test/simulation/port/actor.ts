import type { Actor } from '../../../src/machine/machine.js';
import type { FileLock } from '../../../src/machine/linux/flock.js';
import type { HandleOpener } from '../../../src/machine/linux/pidfd.js';
import type { ServeResult } from '../../../src/machine/server.js';
import { closeFile, type OpenFile } from '../world/files.js';
import { databaseOf, upload, type Queue } from './queue.js';
import { type FileWatcher, fileWriterOf } from './file-writer.js';
import { handleOf, type Signals } from './handle.js';
import { type Network, sendRequest } from './network.js';
import { startDetached, type Starter } from './spawn.js';
import { type Calls, notSimulated, type Task } from './task.js';
import { KILLED } from '../world/world.js';

/** What the port needs of the run. */
export interface ActorContext extends Network, Starter, FileWatcher, Signals {
  readonly queue: Queue;
}

/** The half of the port that changes the machine, for one simulated process. */
export function actorOf(calls: Calls, task: Task, context: ActorContext): Actor {
  const { world, sync, async, isAlive } = calls;
  const { process } = task;
  const opener: HandleOpener = {
    kind: 'pidfd',
    why: null,
    open: (pid) => sync('opener.open', pid, () => open(pid)),
  };
  return {
    files: fileWriterOf(calls, task, context),
    programs: {
      startDetached: (argv, options) => startDetached(calls, task, context, argv, options),
      startInSession: () => notSimulated('startInSession'),
      startInBackground: () => notSimulated('startInBackground'),
      runInForeground: () => notSimulated('runInForeground'),
      succeeds: () => notSimulated('succeeds'),
      outputOf: () => notSimulated('outputOf'),
    },
    daemon: {
      isInherited: (descriptor, path) =>
        sync('daemon.isInherited', path, () => {
          const file = task.descriptors.get(descriptor);
          return file !== undefined && file.node === process.tree.node(path);
        }),
      answerStarter: (lock, _answer, line) =>
        async<boolean>(
          'daemon.answerStarter',
          line.trim(),
          (settle) => {
            const file = task.descriptors.get(lock);
            if (file) closeFile(file, process);
            const { starter } = task;
            if (!starter) {
              settle(false);
              return;
            }
            starter.onEnd = (isConfirmed) => {
              world.later(
                0,
                'the pipe ends',
                () => {
                  settle(isConfirmed);
                },
                isAlive,
              );
            };
            world.later(0, 'the starter reads a line', () => {
              starter.onLine(line.trim());
            });
          },
          String,
        ),
      onStopSignal(act) {
        task.onStop = act;
      },
      exit: (code) =>
        sync('daemon.exit', code, () => {
          world.end(process, 'itself');
          throw KILLED;
        }),
    },
    terminal: SILENT_TERMINAL,
    detectPidfd: () =>
      async<HandleOpener>('detectPidfd', '', (settle) => {
        world.later(
          0,
          'loads the C library',
          () => {
            settle(opener);
          },
          isAlive,
        );
      }),
    request: (request) => sendRequest(calls, task, context, request),
    lock: (path, waitMs) => lock(path, waitMs),
    serve: (port, _clients, handle) =>
      async<ServeResult>('serve', port, (settle) => {
        const listen = (): void => {
          const socket = world.isOutOfFiles ? 'EMFILE' : world.listen(process, port);
          if (socket === null || socket === 'EMFILE') {
            settle({ ok: false, code: socket ?? 'EADDRINUSE' });
            return;
          }
          task.handler = handle;
          const close = (): void => {
            task.handler = null;
            world.closeSocket(socket, process);
          };
          settle({
            ok: true,
            server: {
              close: () => {
                sync('server.close', port, close);
              },
            },
          });
        };
        world.later(0, 'listens', listen, isAlive);
      }),
    database: (path, access, work) => databaseOf(calls, context.queue, path, access, work),
    upload: (given) => upload(calls, context.queue, given),
  };

  function lock(path: string, waitMs: number): Promise<FileLock> {
    return async<FileLock>(
      'lock',
      path.slice(path.lastIndexOf('/') + 1),
      (settle) => {
        const open = (): void => {
          const folder = path.slice(0, path.lastIndexOf('/'));
          if (world.isOutOfFiles) settle({ kind: 'impossible', why: `${path}: EMFILE` });
          else if (!process.tree.node(folder)) settle({ kind: 'impossible', why: `${path}: ENOENT` });
          else tryUntil(world.now + waitMs, openFile(path), settle);
        };
        world.later(0, 'opens a lock', open, isAlive);
      },
      ({ kind }) => kind,
    );
  }

  function openFile(path: string): OpenFile {
    const node = process.tree.node(path) ?? process.tree.write(path, '', process.uid, process.name);
    const file = { node, holders: new Set([process]) };
    process.openFiles.add(file);
    return file;
  }

  function tryUntil(end: number, file: OpenFile, settle: (lock: FileLock) => void): void {
    if (file.node.lock === null) {
      file.node.lock = file;
      const descriptor = task.nextDescriptor++;
      task.descriptors.set(descriptor, file);
      const release = (): void => {
        process.openFiles.delete(file);
        closeFile(file, process);
      };
      settle({
        kind: 'held',
        descriptor,
        release: () => {
          sync('lock.release', '', release);
        },
      });
    } else if (world.now >= end) {
      process.openFiles.delete(file);
      settle({ kind: 'busy' });
    } else {
      world.later(
        POLL_MS,
        'tries a lock',
        () => {
          tryUntil(end, file, settle);
        },
        isAlive,
      );
    }
  }

  function open(pid: number): ReturnType<HandleOpener['open']> {
    const found = world.isOutOfFiles ? undefined : world.byPid.get(pid);
    const failure = world.isOutOfFiles ? ({ kind: 'denied', code: 'EMFILE' } as const) : GONE;
    return handleOf(calls, task, context, pid, () => (found?.state === 'reaped' ? GONE : (found ?? failure)));
  }
}

const GONE = { kind: 'gone' } as const;
const POLL_MS = 25;

/** Nobody reads the output of a simulated process. */
const SILENT_TERMINAL: Actor['terminal'] = {
  print: () => undefined,
  writeError: () => undefined,
  hasColour: () => false,
  columns: () => null,
  canAsk: () => false,
  ask: () => Promise.resolve(null),
  showProgress: () => undefined,
  showWait: () => () => undefined,
  onInterrupt: () => () => undefined,
};
