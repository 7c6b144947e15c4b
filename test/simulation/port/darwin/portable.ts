import {
  ambiguousOwner,
  type Collector,
  indexAddresses,
  type SocketListing,
} from '../../../../src/machine/collector.js';
import { err, ok, type Result } from '../../../../src/model/result.js';
import type { SocketOwner } from '../../../../src/model/scan.js';
import type { Socket } from '../../world/process.js';
import type { Calls, Task } from '../task.js';

/**
 * The collector that scans when the self-test fails. It names one process for each socket, whose arguments it has as one
 * text, and nothing that tells a socket or a process from a later one.
 */
export function systeminformationOf({ world, async, isAlive }: Calls, { process: self }: Task): Collector {
  return {
    name: 'systeminformation',
    readProcess: () => ({ kind: 'unreadable', why: NOT_EXACT }),
    listSockets: (wanted) =>
      async<Result<SocketListing>>('collector.listSockets', '', (settle) => {
        const list = (): void => {
          const sockets = world.sockets.filter(
            ({ network, port }) => network === self.network && wanted(port),
          );
          settle(world.isOutOfFiles ? err('netstat cannot be started (EMFILE)') : ok(listingOf(sockets)));
        };
        world.later(0, 'runs netstat', list, isAlive);
      }),
  };

  function listingOf(sockets: readonly Socket[]): SocketListing {
    const addresses = indexAddresses(sockets);
    return {
      sockets: sockets.map(({ address, port }) => ({ address, port, id: null, uid: null })),
      uninspected: 0,
      addresses,
      findOwners: () =>
        async<readonly SocketOwner[]>('collector.findOwners', '', (settle) => {
          const find = (): void => {
            settle(sockets.map((socket) => ownerOf(socket, addresses.countAt(socket))));
          };
          world.later(0, 'runs ps', find, isAlive);
        }),
    };
  }

  function ownerOf({ owners }: Socket, atAddress: number): SocketOwner {
    const [owner] = owners;
    const ambiguous = ambiguousOwner(atAddress, owner ? [owner.pid] : []);
    if (ambiguous) return ambiguous;
    if (owner?.state !== 'running') return { kind: 'unknown', why: 'netstat names no process' };
    return {
      kind: 'described',
      why: NOT_EXACT,
      process: {
        pid: owner.pid,
        parentPid: owner.parent,
        argv: ok({ elements: owner.argv.join(' ').split(' '), exact: false }),
        executable: ok(owner.executable),
        residentBytes: ok(20_000_000),
        cpuSeconds: err('ps does not say'),
        startedAt: err('ps does not say'),
      },
    };
  }
}

const NOT_EXACT = 'systeminformation reads flattened text, which proves no process';
