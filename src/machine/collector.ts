import type { ListeningSocket } from '../model/evidence.js';
import { blocksOurPort } from '../model/family.js';
import type { Result } from '../model/result.js';
import type { CollectorName, SocketOwner, ScanContext } from '../model/scan.js';
import type { ProcessResult } from './linux/processes.js';

/** A source of facts about listeners. Each says what it saw and what it could not see; none of them judges. */
export interface Collector {
  readonly name: CollectorName;
  /** The listening sockets whose port passes `wanted`. Could not look is never an empty list (pitfall 29). */
  readonly listSockets: (wanted: (port: number) => boolean) => Promise<Result<SocketListing>>;
  /** Looks at one process by its number. */
  readonly lookAtProcess: (pid: number) => ProcessResult;
}

export interface SocketListing {
  /** Those that are looked at. */
  readonly sockets: readonly ListeningSocket[];
  /** How many more there are of other users, which are counted and not looked at. */
  readonly further: number;
  /** Of all of them, the further ones included. */
  readonly places: Places;
  /** Who holds each of them, in the same order. Costs more than the list, so it is asked for apart. */
  readonly findOwners: (context: ScanContext, scope: ScanScope) => Promise<readonly SocketOwner[]>;
}

/** How far a look goes. */
export type ScanScope =
  /** Everybody in the range is resolved and asked. */
  | { readonly of: 'all' }
  /** Only who can be a daemon of ours; these processes, recorded ones, are looked at before any walk. */
  | { readonly of: 'ours'; readonly recorded: readonly number[] };

type Place = Pick<ListeningSocket, 'address' | 'port'>;

/** How many sockets there are at each address of each port. Other users may have opened tens of thousands. */
export interface Places {
  /** How many share an address and port; above 1 the kernel may have meant another than the process that is named. */
  sharersOf(place: Place): number;
  /** Whether some socket is bound to this very address, an IPv4 one in whichever form. */
  isTaken(place: Place): boolean;
}

export function placesOf(sockets: readonly Place[]): Places {
  const counts = new Map<string, number>();
  for (const socket of sockets) counts.set(keyOf(socket), (counts.get(keyOf(socket)) ?? 0) + 1);
  return {
    sharersOf: (place) => counts.get(keyOf(place)) ?? 0,
    isTaken: (place) => counts.has(keyOf(place)),
  };
}

function keyOf({ address, port }: Place): string {
  return `${port} ${plainAddress(address)}`;
}

/** An IPv4 address that an IPv6 socket is bound to is that IPv4 address: connections to it reach either. */
export function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/, '');
}

/** Listeners of other users that a look resolves, asks and reports: four for each port of the sync range. */
const MOST_OF_OTHERS = 200;

export interface Bounded<Socket> {
  /** Ours first, so that they are asked first. */
  readonly sockets: readonly Socket[];
  /** How many more there are of other users, of which nothing else is known. */
  readonly further: number;
}

/**
 * Takes the sockets that are looked at: all of our own user, and so many of the others that these cannot make the look
 * outlast its deadline. Of each port on which others listen at least one is taken, one that keeps our daemons from the
 * port before one that does not: so a port is never seen as free for want of looking.
 */
export function withinBounds<Socket extends Place>(
  all: readonly Socket[],
  isOwn: (socket: Socket) => boolean,
): Bounded<Socket> {
  const [own, others] = [all.filter(isOwn), all.filter((socket) => !isOwn(socket))];
  const further = Math.max(0, others.length - MOST_OF_OTHERS);
  if (further === 0) return { sockets: [...own, ...others], further };
  const inOurWay = others.filter(({ address }) => blocksOurPort(address));
  const byUrgency = [...inOurWay, ...others.filter(({ address }) => !blocksOurPort(address))];
  const firstOn = new Map<number, Socket>();
  for (const socket of byUrgency) if (!firstOn.has(socket.port)) firstOn.set(socket.port, socket);
  const looked = [...new Set([...firstOn.values(), ...byUrgency])].slice(0, MOST_OF_OTHERS);
  return { sockets: [...own, ...looked], further };
}
