import type { KernelSocket } from '../../model/evidence.js';
import { ok } from '../../model/result.js';
import type { ScanContext, SocketOwner } from '../../model/scan.js';
import {
  ambiguousOwner,
  type AddressIndex,
  type Collector,
  indexAddresses,
  limitInspected,
  ownerFrom,
} from '../collector.js';
import { listListeningSockets } from './listeners.js';
import { readProcess } from './processes.js';
import { testItself } from './self-test.js';
import { findSocketOwners, type OwnerSearch, unreadRelativeOf } from './socket-owners.js';

/** The collector for macOS. It reads the kernel's own structures, so its evidence is exact, as that of `procfs` is. */
export const libproc: Collector = {
  name: 'libproc',
  readProcess,
  testItself,
  listSockets(wanted) {
    const sockets = listListeningSockets(wanted);
    if (!sockets.ok) return Promise.resolve(sockets);
    const uid = process.geteuid?.();
    const { sockets: inspected, uninspected } = limitInspected(sockets.value, (socket) => socket.uid === uid);
    const addresses = indexAddresses(sockets.value);
    const findOwners = (context: ScanContext): Promise<readonly SocketOwner[]> =>
      ownersOf(inspected, addresses, context);
    return Promise.resolve(ok({ sockets: inspected, uninspected, addresses, findOwners }));
  },
};

/** Finds the process of each socket by the socket's id in the kernel's tables, never by a health answer (pitfall 7). */
async function ownersOf(
  sockets: readonly KernelSocket[],
  addresses: AddressIndex,
  context: ScanContext,
): Promise<readonly SocketOwner[]> {
  const searched = sockets.filter(({ uid }) => uid === context.uid);
  const search = await findSocketOwners(new Map(searched.map(({ id, port }) => [id, port])));
  if (search === null) return sockets.map(() => ({ kind: 'unknown', why: 'the processes cannot be listed' }));
  return sockets.map((socket) => ownerOf(socket, addresses.countAt(socket), search, context));
}

function ownerOf(
  socket: KernelSocket,
  atAddress: number,
  search: OwnerSearch,
  context: ScanContext,
): SocketOwner {
  const owners = search.owners.get(socket.id) ?? [];
  const pids = owners.map(({ pid }) => pid);
  const ambiguous = ambiguousOwner(atAddress, pids);
  if (ambiguous) return ambiguous;
  const [owner] = owners;
  if (owner === undefined) return { kind: 'unknown', why: whyNoOwner(socket, search, context) };
  const { pid, incarnation } = owner;
  const hidden = unreadRelativeOf(pid, search);
  if (hidden !== null) {
    const why = `process ${hidden}, whose descriptors we may not read, may hold this socket too`;
    return { kind: 'ambiguous', why, pids: [pid, hidden] };
  }
  const found = ownerFrom(pid, readProcess(pid));
  return found.kind === 'known' && found.process.incarnation !== incarnation
    ? { kind: 'unknown', why: `process ${pid} became another program during the scan` }
    : found;
}

function whyNoOwner(socket: KernelSocket, { unread }: OwnerSearch, context: ScanContext): string {
  if (socket.uid !== context.uid) return 'processes of other users are not examined';
  return unread.anywhere === null
    ? 'no process of our user that we may read holds this socket'
    : `process ${unread.anywhere} of our user is hidden, and may hold this socket`;
}
