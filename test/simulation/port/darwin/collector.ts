import {
  ambiguousOwner,
  type Collector,
  indexAddresses,
  limitInspected,
  ownerFrom,
  type SocketListing,
} from '../../../../src/machine/collector.js';
import type { ProcessResult } from '../../../../src/machine/linux/processes.js';
import type { KernelSocket } from '../../../../src/model/evidence.js';
import { err, ok, type Result } from '../../../../src/model/result.js';
import type { SocketOwner } from '../../../../src/model/scan.js';
import type { Calls, Task } from '../task.js';
import { findProcess, pidsOf, readInfo, readOpenSockets } from './processes.js';
import { listeningSockets } from './sockets.js';

/** What a walk over all processes found: the owners of sockets, and processes whose descriptors were not read. */
interface Search {
  readonly owners: Map<string, { readonly pid: number; readonly incarnation: string }[]>;
  readonly unread: Set<number>;
  readonly unreadBySession: Map<number, number>;
  /** A process that may be a relative of any other; null if there is none. */
  anywhere: number | null;
}

/** The macOS collector on the model: it tests itself and finds owners as src/machine/darwin does. */
export function libprocOf(
  calls: Calls,
  { process: self }: Task,
  read: (pid: number) => ProcessResult,
): Collector {
  const { world, async, isAlive, within } = calls;
  return {
    name: 'libproc',
    readProcess: read,
    testItself: () =>
      async<Result<null>>(
        'collector.testItself',
        '',
        (settle) => {
          world.later(
            0,
            'opens a test listener',
            () => {
              settle(selfTest());
            },
            isAlive,
          );
        },
        (result) => (result.ok ? 'passed' : result.why),
      ),
    listSockets: (wanted) =>
      async<Result<SocketListing>>('collector.listSockets', '', (settle) => {
        const list = (): void => {
          const sockets = listeningSockets(world, self.network, wanted);
          settle(sockets.ok ? ok(listingOf(sockets.value)) : sockets);
        };
        world.later(0, 'reads the list of TCP sockets', list, isAlive);
      }),
  };

  function selfTest(): Result<null> {
    if (world.isOutOfFiles) return err('a test listener cannot be opened (EMFILE)');
    const parent = readInfo(calls, self, self.parent);
    const isRead = parent.kind === 'ours' && parent.process.hidden === 'nothing';
    return isRead || parent.kind === 'other_user' ? ok(null) : err('our parent process cannot be read');
  }

  function listingOf(sockets: readonly KernelSocket[]): SocketListing {
    const isOurs = ({ uid }: KernelSocket): boolean => uid === self.uid;
    const { sockets: inspected, uninspected } = limitInspected(sockets, isOurs);
    const addresses = indexAddresses(sockets);
    return {
      ...{ sockets: inspected, uninspected, addresses },
      findOwners: () =>
        async<readonly SocketOwner[]>('collector.findOwners', '', (settle) => {
          const find = (): void => {
            const search = searchFor(new Set(inspected.filter(isOurs).map(({ id }) => id)));
            settle(inspected.map((socket) => ownerOf(socket, addresses.countAt(socket), search)));
          };
          world.later(0, 'walks the processes', find, isAlive);
        }),
    };
  }

  /** Walks the processes. Others act between two of them, and between two reads of one. */
  function searchFor(ids: ReadonlySet<string>): Search {
    const search: Search = {
      owners: new Map(),
      unread: new Set(),
      unreadBySession: new Map(),
      anywhere: null,
    };
    if (ids.size === 0) return search;
    const [ours, all] = [pidsOf(calls, self, 'ours'), pidsOf(calls, self, 'all')];
    const addUnread = (pid: number, session: number | null): void => {
      search.unread.add(pid);
      if (session !== null) search.unreadBySession.set(session, pid);
    };
    for (const pid of ours) {
      const open = readOpenSockets(calls, self, pid, () => {
        within('collector.findOwners');
      });
      if (open.kind === 'other_user' || open.kind === 'denied') addUnread(pid, open.session);
      else if (open.kind === 'unreadable') {
        search.unread.add(pid);
        search.anywhere = pid;
      } else if (open.kind === 'read') {
        const { incarnation } = open;
        for (const id of open.ids)
          if (ids.has(id)) search.owners.set(id, [...(search.owners.get(id) ?? []), { pid, incarnation }]);
      }
    }
    for (const pid of all)
      if (!ours.includes(pid)) addUnread(pid, findProcess(world, self, pid)?.session ?? null);
    return search;
  }

  function ownerOf(socket: KernelSocket, atAddress: number, search: Search): SocketOwner {
    const owners = search.owners.get(socket.id) ?? [];
    const pids = owners.map(({ pid }) => pid);
    const ambiguous = ambiguousOwner(atAddress, pids);
    if (ambiguous) return ambiguous;
    const [owner] = owners;
    if (owner === undefined) return { kind: 'unknown', why: 'no process that may be read holds this socket' };
    const { pid, incarnation } = owner;
    const hidden = unreadRelativeOf(pid, search);
    if (hidden !== null)
      return { kind: 'ambiguous', why: `process ${hidden} may hold this socket too`, pids: [pid, hidden] };
    const found = ownerFrom(pid, read(pid));
    return found.kind === 'known' && found.process.incarnation !== incarnation
      ? { kind: 'unknown', why: `process ${pid} became another program during the scan` }
      : found;
  }

  function unreadRelativeOf(pid: number, { anywhere, unread, unreadBySession }: Search): number | null {
    const session = findProcess(world, self, pid)?.session;
    if (session === undefined) return pid;
    const children = [...world.byPid.values()].filter(({ parent }) => parent === pid);
    const child = children.find((each) => unread.has(each.pid));
    return anywhere ?? unreadBySession.get(session) ?? child?.pid ?? null;
  }
}
