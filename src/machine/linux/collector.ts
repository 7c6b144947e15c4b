import type { KernelSocket } from '../../model/evidence.js';
import { err, ok } from '../../model/result.js';
import type { SocketOwner, ScanContext } from '../../model/scan.js';
import {
  ambiguousOwner,
  type AddressIndex,
  type Collector,
  indexAddresses,
  limitInspected,
  ownerFrom,
  type ScanScope,
} from '../collector.js';
import { isOurUserDistinct, isProcOfOwnPidNamespace } from './own-context.js';
import { readProcess } from './processes.js';
import { findSocketOwners, ownersAmong, unreadableRelativeOf, type OwnerSearch } from './socket-owners.js';
import { listListeningSockets } from './sockets.js';

/** The Linux collector. It reads the kernel's tables, so its evidence is exact; enforcement needs this collector. */
export const procfs: Collector = {
  name: 'procfs',
  readProcess: readProcess,
  async listSockets(wanted) {
    if (!isOurUserDistinct())
      return err('this user namespace shows other users with our user id, so their processes look like ours');
    const sockets = await listListeningSockets(wanted);
    if (!sockets.ok) return sockets;
    const uid = process.geteuid?.();
    const { sockets: inspected, uninspected } = limitInspected(sockets.value, (socket) => socket.uid === uid);
    const addresses = indexAddresses(sockets.value);
    return ok({
      sockets: inspected,
      uninspected,
      addresses,
      findOwners: async (context: ScanContext, scope: ScanScope) => {
        return findOwners(inspected, addresses, context, scope);
      },
    });
  },
};

/**
 * Finds the process of each socket by the socket's inode in the kernel's tables, never by a health answer (pitfall 7).
 */
async function findOwners(
  sockets: readonly KernelSocket[],
  addresses: AddressIndex,
  context: ScanContext,
  scope: ScanScope,
): Promise<readonly SocketOwner[]> {
  if (!isProcOfOwnPidNamespace()) {
    return sockets.map(() => ({ kind: 'unknown', why: '/proc describes another PID namespace' }));
  }
  const searched = sockets.filter(({ uid }) => uid === context.uid);
  const inodes = new Set(searched.map(({ id }) => id));
  const search =
    (scope.of === 'ours' ? ownersAmong(scope.recorded, inodes) : null) ?? (await findSocketOwners(inodes));
  return sockets.map((socket) => ownerOf(socket, addresses.countAt(socket), search, context));
}

function ownerOf(
  socket: KernelSocket,
  atAddress: number,
  search: OwnerSearch,
  context: ScanContext,
): SocketOwner {
  const pids = search.owners.get(socket.id) ?? [];
  const ambiguous = ambiguousOwner(atAddress, pids);
  if (ambiguous) return ambiguous;
  const [pid] = pids;
  if (pid === undefined) return { kind: 'unknown', why: whyNoOwner(socket, search, context) };
  const hidden = unreadableRelativeOf(pid, search);
  if (hidden !== null) {
    const why = `process ${hidden}, whose descriptors we may not read, may hold this socket too`;
    return { kind: 'ambiguous', why, pids: [pid, hidden] };
  }
  return ownerFrom(pid, readProcess(pid));
}

function whyNoOwner(socket: KernelSocket, search: OwnerSearch, context: ScanContext): string {
  if (socket.uid !== context.uid) return 'processes of other users are not examined';
  if (search.unreadable.exist) return 'no process of our user that we may read holds this socket';
  return 'no process that we can see holds this socket';
}
