import type { CollectorName, Holder, ListeningSocket, Observer, Reading } from '../../model/evidence.js';
import type { TcpTables } from '../../system/observe/kernel-table.js';
import type { ProcessReading } from '../../system/observe/process-table.js';

/** A source of facts about listeners. Each says what it saw and what it could not see; none of them judges. */
export interface Collector {
  readonly name: CollectorName;
  /** The listening sockets whose port passes `wanted`. Could not look is never an empty list (pitfall 29). */
  readonly listSockets: (
    wanted: (port: number) => boolean,
    /** What the kernel is printing already. */
    tables: TcpTables | null,
  ) => Promise<Reading<SocketListing>>;
  /** Looks at one process by its number. */
  readonly lookAtProcess: (pid: number) => ProcessReading;
}

export interface SocketListing {
  readonly sockets: readonly ListeningSocket[];
  /** Who holds each of them, in the same order. Costs more than the list, so it is asked for apart. */
  readonly findHolders: (observer: Observer, reach: Reach) => Promise<readonly Holder[]>;
}

/** How far a look goes. */
export type Reach =
  /** Everybody in the range is resolved and asked. */
  | { readonly of: 'all' }
  /** Only who can be a daemon of ours; these processes, recorded ones, are looked at before any walk. */
  | { readonly of: 'ours'; readonly recorded: readonly number[] };

/** The sockets that share a port with one; others are nothing to it, and there may be thousands. */
export function byPort<Socket extends Place>(
  sockets: readonly Socket[],
): (socket: Place) => readonly Socket[] {
  const groups = new Map<number, Socket[]>();
  for (const socket of sockets) {
    const group = groups.get(socket.port);
    if (group) group.push(socket);
    else groups.set(socket.port, [socket]);
  }
  return ({ port }) => groups.get(port) ?? [];
}

/** Several sockets on one address and port: whichever process is named, the kernel may have meant another. */
export function sharersOf(socket: Place, all: readonly Place[]): number {
  const place = plainAddress(socket.address);
  return all.filter(({ address, port }) => plainAddress(address) === place && port === socket.port).length;
}

/** An IPv4 address that an IPv6 socket is bound to is that IPv4 address: connections to it reach either. */
export function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/, '');
}

type Place = Pick<ListeningSocket, 'address' | 'port'>;
