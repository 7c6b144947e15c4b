import type { Machine } from '../../../../src/machine/machine.js';
import type { Tree } from '../../../../src/model/evidence.js';
import { platformNamed } from '../../../../src/model/platform.js';
import { err } from '../../../../src/model/result.js';
import type { ActorContext } from '../actor.js';
import type { Calls, Task } from '../task.js';
import { handlesOf, type Mutation } from './audit-token.js';
import { libprocOf } from './collector.js';
import { systeminformationOf } from './portable.js';
import { argumentsOf, holdsSocket, lineageOf, pidsOf, readInfo, readProcess, statOf } from './processes.js';
import { listeningSockets } from './sockets.js';

/**
 * Returns the machine of a simulated process on macOS, where the user has switched acting on: what src/machine/darwin
 * replaces of the machine is replaced here, and what macOS does not show is not read.
 * @param machine the same for every system
 */
export function onDarwin(
  { observer, actor }: Machine,
  calls: Calls,
  task: Task,
  context: ActorContext,
  mutation: Mutation | null,
): Machine {
  const { world, sync, async, isAlive } = calls;
  const { process: self } = task;
  const { sockets, files } = observer;
  const handles = handlesOf(calls, task, context, mutation);
  const read = (pid: number): ReturnType<typeof readProcess> => readProcess(calls, self, pid);
  return {
    observer: {
      ...observer,
      platform: platformNamed('darwin'),
      self: {
        ...observer.self,
        lineage: () => sync('self.lineage', '', () => lineageOf(calls, self), String),
        machineIdentity: () =>
          sync('self.machineIdentity', '', () => ({
            ...{ machineId: null, bootId: world.bootId, networkNamespace: 'macos' },
          })),
        visibleProcesses: () => sync('self.visibleProcesses', '', () => 'not_hidden'),
      },
      processes: {
        read,
        hasOurUser: (pid) =>
          sync('processes.hasOurUser', pid, () => readInfo(calls, self, pid).kind === 'ours', String),
        stat: (pid) =>
          sync(
            'processes.stat',
            pid,
            () => statOf(calls, self, pid),
            ({ kind }) => kind,
          ),
        environment: <Name extends string>(pid: number) =>
          sync('processes.environment', pid, () => argumentsOf<Name>(calls, self, pid)),
        activity: (pid) => sync('processes.activity', pid, () => err(NOT_READ)),
        openLog: (pid) => sync('processes.openLog', pid, () => err(NOT_READ)),
        minimumAgeSeconds: ({ incarnation }) =>
          sync('processes.minimumAgeSeconds', incarnation, () => -Infinity, String),
        pids: () => sync('processes.pids', '', () => pidsOf(calls, self, 'ours')),
        count: () => sync('processes.count', '', () => pidsOf(calls, self, 'all').length, String),
      },
      sockets: {
        ...sockets,
        listening: (wanted) =>
          async('sockets.listening', '', (settle) => {
            const list = (): void => {
              settle(listeningSockets(world, self.network, wanted));
            };
            world.later(0, 'reads the list of TCP sockets', list, isAlive);
          }),
        lacksListener: (port, isListed) =>
          sockets.lacksListener(port, (address) => isListed(address) || isListed('::')),
        connections: (pid) =>
          async('sockets.connections', pid, (settle) => {
            const refuse = (): void => {
              settle(err(NOT_READ));
            };
            world.later(0, 'reads no connections', refuse, isAlive);
          }),
        holds: (pid, socketId) =>
          sync('sockets.holds', `${pid} ${socketId}`, () => holdsSocket(calls, self, pid, socketId), String),
      },
      files: {
        ...files,
        of: () => NO_TREE,
        // Nobody is known to see the locks on a file system of macOS.
        hasVisibleLocks: (path) => sync('files.hasVisibleLocks', path, () => false),
        lockingFileSystemOf: (path) => sync('files.lockingFileSystemOf', path, () => null),
        isReleased: (path) =>
          async<boolean>('files.isReleased', path, (settle) => {
            const refuse = (): void => {
              settle(false);
            };
            world.later(0, 'tries no lock', refuse, isAlive);
          }),
      },
      collectors: {
        libproc: libprocOf(calls, task, read),
        systeminformation: systeminformationOf(calls, task),
      },
      pidfdSupport: () => Promise.resolve(handles.support),
    },
    actor: { ...actor, detectPidfd: handles.detect },
  };
}

const NOT_READ = 'it is not read on macOS';
const UNREADABLE = { kind: 'unreadable', why: NOT_READ } as const;

/** The file system tree of a process in a chroot, which cannot be reached. */
const NO_TREE: Tree = {
  identify: () => UNREADABLE,
  readFile: () => UNREADABLE,
  locate: () => err(NOT_READ),
  list: () => err(NOT_READ),
};
