import type { ListeningSocket } from '../model/evidence.js';
import { blocksOurPort } from '../model/family.js';
import type { Result } from '../model/result.js';
import type { CollectorName, SocketOwner, ScanContext } from '../model/scan.js';
import type { ProcessResult } from './linux/processes.js';

/**
 * A source of evidence about listeners. It reports what it read and what it could not read; it judges nothing.
 *
 * Systems other than Linux and macOS have only the portable collector, which is for reports. Enforcement on another
 * platform needs a collector with a name in `COLLECTORS` (src/model/scan.ts), a folder beside linux/ with the functions
 * behind `Observer` and `Actor`, which local.ts joins, and a description in src/model/platform.ts.
 */
export interface Collector {
  readonly name: CollectorName;
  /**
   * Lists the listening sockets whose port passes `wanted`. A failed read is an error, never an empty list (pitfall
   * 29).
   */
  readonly listSockets: (wanted: (port: number) => boolean) => Promise<Result<SocketListing>>;
  readonly readProcess: (pid: number) => ProcessResult;
  /**
   * Checks what the kernel answers about our own process, before each scan. An error means that nothing which it answers
   * is understood. Absent for a collector that has no such test.
   */
  readonly testItself?: () => Promise<Result<null>>;
}

export interface SocketListing {
  /** The sockets to inspect. At most `MOST_SOCKETS_OF_OTHERS` of them belong to other users. */
  readonly sockets: readonly ListeningSocket[];
  /** How many further sockets of other users were counted but are not in `sockets`. */
  readonly uninspected: number;
  /** The addresses of all sockets found, including the uninspected sockets. */
  readonly addresses: AddressIndex;
  /**
   * Returns the owner of each socket in `sockets`, in the order of `sockets`. This is a separate call, because finding
   * owners takes longer than listing sockets.
   */
  readonly findOwners: (context: ScanContext, scope: ScanScope) => Promise<readonly SocketOwner[]>;
}

/** Which listeners of the range a scan inspects. */
export type ScanScope =
  /** Every listener: its owner is searched and its health is probed. */
  | { readonly of: 'all' }
  /**
   * Owners are searched for sockets of our own user only, and health is probed only for processes with a daemon's
   * command line. The `recorded` PIDs are tried as owners first, which usually saves the walk over all processes.
   */
  | { readonly of: 'ours'; readonly recorded: readonly number[] };

/** Returns the owner of a socket from what was read of the only process that has it open. */
export function ownerFrom(pid: number, result: ProcessResult): SocketOwner {
  switch (result.kind) {
    case 'alive':
      return { kind: 'known', process: result.process };
    case 'other_user':
      return { kind: 'unknown', why: `process ${pid} has changed its user` };
    case 'gone':
      return { kind: 'unknown', why: `process ${pid} ended during the scan` };
    case 'unreadable':
      return { kind: 'unknown', why: result.why };
  }
}

type SocketAddress = Pick<ListeningSocket, 'address' | 'port'>;

/**
 * An index of sockets by address and port. A lookup takes constant time, because other users can open tens of thousands
 * of sockets.
 */
export interface AddressIndex {
  /** Counts the sockets that share this address and port. Above 1, a connection may reach any of these sockets. */
  countAt(address: SocketAddress): number;
  /** Whether a socket is bound to this address and port. IPv4-mapped IPv6 addresses count as IPv4. */
  isBound(address: SocketAddress): boolean;
}

export function indexAddresses(sockets: readonly SocketAddress[]): AddressIndex {
  const counts = new Map<string, number>();
  for (const socket of sockets) counts.set(keyOf(socket), (counts.get(keyOf(socket)) ?? 0) + 1);
  return {
    countAt: (address) => counts.get(keyOf(address)) ?? 0,
    isBound: (address) => counts.has(keyOf(address)),
  };
}

function keyOf({ address, port }: SocketAddress): string {
  return `${port} ${unmapIpv4(address)}`;
}

/**
 * Turns an IPv4-mapped IPv6 address (`::ffff:127.0.0.1`) into the IPv4 address, because sockets bound to either of them
 * receive the same connections.
 */
export function unmapIpv4(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/, '');
}

/**
 * Says why a socket has no single owner; null if it may have one.
 * @param atAddress how many sockets share its address and port
 * @param pids the processes that have it open
 */
export function ambiguousOwner(atAddress: number, pids: readonly number[]): SocketOwner | null {
  if (atAddress > 1)
    return { kind: 'ambiguous', why: `${atAddress} sockets share this address and port`, pids };
  return pids.length > 1
    ? { kind: 'ambiguous', why: `${pids.length} processes hold this socket`, pids }
    : null;
}

/** The most listeners of other users that one scan inspects: four for each port of the sync range. */
const MOST_SOCKETS_OF_OTHERS = 200;

export interface InspectedSockets<Socket> {
  /** The sockets to inspect. Sockets of our own user come first, so that they are probed first. */
  readonly sockets: readonly Socket[];
  /** How many sockets of other users were left out. */
  readonly uninspected: number;
}

/**
 * Chooses the sockets to inspect: all of our own user, and at most `MOST_SOCKETS_OF_OTHERS` of other users. Without
 * this limit, other users could make the scan miss its deadline. At least one socket of other users is chosen for every
 * port on which they listen, preferably a socket whose address keeps our daemons from the port. So a port never counts
 * as free because its listener was left out.
 */
export function limitInspected<Socket extends SocketAddress>(
  all: readonly Socket[],
  isOwn: (socket: Socket) => boolean,
): InspectedSockets<Socket> {
  const [own, others] = [all.filter(isOwn), all.filter((socket) => !isOwn(socket))];
  const uninspected = Math.max(0, others.length - MOST_SOCKETS_OF_OTHERS);
  if (uninspected === 0) return { sockets: [...own, ...others], uninspected };
  const blocking = others.filter(({ address }) => blocksOurPort(address));
  const blockingFirst = [...blocking, ...others.filter(({ address }) => !blocksOurPort(address))];
  const firstOnPort = new Map<number, Socket>();
  for (const socket of blockingFirst) if (!firstOnPort.has(socket.port)) firstOnPort.set(socket.port, socket);
  const chosen = [...new Set([...firstOnPort.values(), ...blockingFirst])].slice(0, MOST_SOCKETS_OF_OTHERS);
  return { sockets: [...own, ...chosen], uninspected };
}
