import type { ListeningSocket } from '../model/evidence.js';
import { blocksOurPort } from '../model/family.js';
import type { Result } from '../model/result.js';
import type { CollectorName, SocketOwner, ScanContext } from '../model/scan.js';
import type { ProcessResult } from './linux/processes.js';

/**
 * A source of evidence about listeners. It reports what it read and what it could not read; it judges nothing.
 *
 * Other systems get reports from the portable collector. A platform that is to act needs a collector of its own, under a
 * name in `COLLECTORS` (src/model/scan.ts), the functions behind `Observer` and `Actor` in a folder beside linux/,
 * joined in local.ts, and a description in src/model/platform.ts.
 */
export interface Collector {
  readonly name: CollectorName;
  /** The listening sockets whose port passes `wanted`. A failed read is an error, never an empty list (pitfall 29). */
  readonly listSockets: (wanted: (port: number) => boolean) => Promise<Result<SocketListing>>;
  readonly readProcess: (pid: number) => ProcessResult;
}

export interface SocketListing {
  /** The sockets to inspect, at most `MOST_SOCKETS_OF_OTHERS` of them of other users. */
  readonly sockets: readonly ListeningSocket[];
  /** How many more sockets of other users were only counted. */
  readonly uninspected: number;
  /** The addresses of all sockets, of the uninspected ones too. */
  readonly addresses: AddressIndex;
  /** Finds the owner of each socket in `sockets`, in that order. It costs more than the list. */
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

type SocketAddress = Pick<ListeningSocket, 'address' | 'port'>;

/** Looks up sockets by address and port in constant time: other users can open tens of thousands. */
export interface AddressIndex {
  /** How many sockets share this address and port. Above 1, a connection may reach any of them. */
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

/** Turns an IPv4-mapped IPv6 address (`::ffff:127.0.0.1`) into the IPv4 address, since both receive its connections. */
export function unmapIpv4(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/, '');
}

/** How many listeners of other users a scan inspects: four for each port of the sync range. */
const MOST_SOCKETS_OF_OTHERS = 200;

export interface InspectedSockets<Socket> {
  /** Own sockets first, so that they are probed first. */
  readonly sockets: readonly Socket[];
  /** How many sockets of other users were left out. */
  readonly uninspected: number;
}

/**
 * Chooses the sockets to inspect: all of our own user, and at most `MOST_SOCKETS_OF_OTHERS` of other users, who could
 * otherwise make the scan miss its deadline. At least one socket of every occupied port is chosen, first one whose
 * address keeps our daemons from the port, so a port never counts as free because its listener was left out.
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
