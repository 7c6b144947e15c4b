import type { CollectorName, Holder, ListeningSocket, Observer, Reading } from '../../model/evidence.js';
import type { TcpTables } from '../../system/observe/kernel-table.js';
import type { ProcessReading } from '../../system/observe/process-table.js';
import type { Places } from './places.js';

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
  /** Those that are looked at. */
  readonly sockets: readonly ListeningSocket[];
  /** How many more there are of other users, which are counted and not looked at. */
  readonly further: number;
  /** Of all of them, the further ones included. */
  readonly places: Places;
  /** Who holds each of them, in the same order. Costs more than the list, so it is asked for apart. */
  readonly findHolders: (observer: Observer, reach: Reach) => Promise<readonly Holder[]>;
}

/** How far a look goes. */
export type Reach =
  /** Everybody in the range is resolved and asked. */
  | { readonly of: 'all' }
  /** Only who can be a daemon of ours; these processes, recorded ones, are looked at before any walk. */
  | { readonly of: 'ours'; readonly recorded: readonly number[] };
