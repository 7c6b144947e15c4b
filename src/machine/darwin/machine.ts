import type { MachineIdentity, Tree } from '../../model/evidence.js';
import { err } from '../../model/result.js';
import type { Machine } from '../machine.js';
import { detectAuditToken, handlesWithoutSignals, readHandleSupport } from './audit-token.js';
import { libproc } from './collector.js';
import { libSystem } from './libsystem.js';
import { listListeningSockets } from './listeners.js';
import {
  isOfOurUser,
  listAllPids,
  listOurPids,
  readEnvironmentVariables,
  readLineage,
  readProcess,
  readStat,
} from './processes.js';
import { holdsSocket } from './socket-owners.js';

/**
 * Returns the machine with what macOS attests about processes and sockets. Files, locks, requests and everything else
 * are those of every system. No test of this program has run on a Mac, so it acts there only if the user has switched
 * that on.
 * @param machine the same for every system
 */
export function onDarwin(machine: Machine): Machine {
  const experiment = acting(machine);
  if (machine.observer.self.environment[SWITCH] === '1') return experiment;
  const support = { kind: 'none', why: NOT_SWITCHED_ON } as const;
  return {
    observer: {
      ...experiment.observer,
      notActing: NOT_SWITCHED_ON,
      pidfdSupport: () => Promise.resolve(support),
    },
    actor: {
      ...experiment.actor,
      detectPidfd: () => Promise.resolve(handlesWithoutSignals(NOT_SWITCHED_ON)),
      request: () => Promise.resolve({ kind: 'not_sent', why: NOT_SWITCHED_ON }),
    },
    experiment,
  };
}

const SWITCH = 'SPEC_KITTY_EXPERIMENTAL_MACOS';
const NOT_SWITCHED_ON =
  'acting on macOS is an experiment that is not switched on, because it was never run on a Mac';

function acting({ observer, actor }: Machine): Machine {
  const { self, sockets } = observer;
  return {
    observer: {
      ...observer,
      self: {
        ...self,
        lineage: readLineage,
        machineIdentity,
        // A sandbox can hide processes of our own user.
        visibleProcesses: () => 'not_hidden',
      },
      processes: {
        read: readProcess,
        hasOurUser: isOfOurUser,
        stat: readStat,
        environment: readEnvironmentVariables,
        activity: () => err(NOT_READ),
        openLog: () => err(NOT_READ),
        // The start of a process is known in wall time only, and that clock can be set.
        minimumAgeSeconds: () => -Infinity,
        pids: listOurPids,
        count: () => listAllPids()?.length ?? 0,
      },
      sockets: {
        ...sockets,
        listening: (wanted) => Promise.resolve(listListeningSockets(wanted)),
        // An IPv6 socket that is bound to every address receives connections to 127.0.0.1.
        lacksListener: (port, isListed) =>
          sockets.lacksListener(port, (address) => isListed(address) || isListed('::')),
        connections: () => Promise.resolve(err(NOT_READ)),
        holds: holdsSocket,
      },
      files: { ...observer.files, of: () => NO_TREE },
      collectors: { ...observer.collectors, libproc },
      pidfdSupport: readHandleSupport,
    },
    actor: { ...actor, detectPidfd: detectAuditToken },
  };
}

const NOT_READ = 'it is not read on macOS';

/** The file system tree of a process in a chroot, which cannot be reached. */
const NO_TREE: Tree = {
  identify: () => ({ kind: 'unreadable', why: NOT_READ }),
  readFile: () => ({ kind: 'unreadable', why: NOT_READ }),
  locate: () => err(NOT_READ),
  list: () => err(NOT_READ),
};

const BOOT_ID_LENGTH = 64;

/** macOS has one network namespace, and no machine id that this program needs. */
function machineIdentity(): MachineIdentity {
  return { machineId: null, bootId: readBootId(), networkNamespace: 'macos' };
}

function readBootId(): string | null {
  const library = libSystem();
  const buffer = Buffer.alloc(BOOT_ID_LENGTH);
  const filled = library.ok ? library.value.sysctlByName('kern.bootsessionuuid', buffer) : 0;
  if (typeof filled === 'string') return null;
  const [id = ''] = buffer.toString('latin1', 0, filled).split('\0');
  return /^[0-9a-f-]{36}$/i.test(id) ? id : null;
}
