import type { Machine, Observer } from '../../../src/machine/machine.js';
import type { Collector, SocketListing } from '../../../src/machine/collector.js';
import type { FileLock } from '../../../src/machine/linux/flock.js';
import type { HandleOpener, ProcessHandle } from '../../../src/machine/linux/pidfd.js';
import type { LoopbackServer } from '../../../src/machine/server.js';
import type { DetachedStartResult } from '../../../src/machine/spawn.js';
import type { Tree } from '../../../src/model/evidence.js';

/** The names of all functions of an interface, with those of its parts: `files.read`. */
type FunctionsOf<T, Prefix extends string = ''> = {
  [Name in keyof T & string]: T[Name] extends (...given: never[]) => unknown
    ? `${Prefix}${Name}`
    : T[Name] extends object
      ? T[Name] extends readonly unknown[]
        ? never
        : string extends keyof T[Name]
          ? never
          : FunctionsOf<T[Name], `${Prefix}${Name}.`>
      : never;
}[keyof T & string];

type WithoutCollectors = Omit<Observer, 'collectors' | 'platform'>;

/** What the port returns objects with functions for: a lock, a process handle, a started process, a server. */
interface Returned {
  readonly lock: Extract<FileLock, { kind: 'held' }>;
  readonly handle: ProcessHandle;
  readonly opener: Pick<HandleOpener, 'open'>;
  readonly started: Extract<DetachedStartResult, { ok: true }>;
  readonly server: LoopbackServer;
  readonly collector: Pick<Collector, 'listSockets' | 'readProcess' | 'testItself'> &
    Pick<SocketListing, 'findOwners'>;
}

/** Every function of the port, by name. */
export type PortCall =
  | FunctionsOf<WithoutCollectors>
  | FunctionsOf<Omit<Machine['actor'], 'files' | 'terminal'>>
  | `write.${FunctionsOf<Machine['actor']['files']>}`
  | FunctionsOf<{ readonly tree: Tree }>
  | FunctionsOf<{
      [Name in keyof Returned]: { [Key in keyof Returned[Name]]-?: NonNullable<Returned[Name][Key]> };
    }>;
