import type { Observer } from '../../../src/machine/machine.js';
import type { Connection, KernelSocket } from '../../../src/model/evidence.js';
import { err, ok } from '../../../src/model/result.js';
import type { Socket } from '../world/process.js';
import type { World } from '../world/world.js';
import type { Calls, Task } from './task.js';

/** What one simulated process reads of the kernel's sockets. */
export function socketReaderOf(calls: Calls, { process: self }: Task): Observer['sockets'] {
  const { world, sync, async, isAlive } = calls;
  return {
    listening: (wanted) =>
      async(
        'sockets.listening',
        '',
        (settle) => {
          world.later(
            0,
            'reads the TCP tables',
            () => {
              settle(tableOf(world, self.network, wanted));
            },
            isAlive,
          );
        },
        (table) => (table.ok ? `ports ${table.value.map(({ port }) => port).join(' ')}` : table.why),
      ),
    lacksListener: (port, isListed) =>
      async(
        'sockets.lacksListener',
        port,
        (settle) => {
          const connect = (): void => {
            if (isListed('127.0.0.1') || isListed('0.0.0.0')) settle(ok(false));
            else if (world.isOutOfFiles)
              settle(err(`cannot determine whether port ${port} is in use (EMFILE)`));
            else settle(ok(reachedBy(world, self.network, '127.0.0.1', port) !== undefined));
          };
          world.later(0, 'connects', connect, isAlive);
        },
        (lacks) => (lacks.ok ? String(lacks.value) : lacks.why),
      ),
    connections: (pid) =>
      async('sockets.connections', pid, (settle) => {
        const read = (): void => {
          const found = world.byPid.get(pid);
          settle(
            found?.state === 'running'
              ? ok(connectionsTo(found.inbound))
              : err('its descriptors cannot be read'),
          );
        };
        world.later(0, 'reads the TCP tables', read, isAlive);
      }),
    holds: (pid, socketId) =>
      sync(
        'sockets.holds',
        `${pid} ${socketId}`,
        () => {
          const found = world.byPid.get(pid);
          return (
            found?.uid === self.uid && [...found.sockets].some((socket) => String(socket.inode) === socketId)
          );
        },
        String,
      ),
    isLocalAddress: (address) => address.startsWith('127.') || address === '::1',
  };
}

function connectionsTo(count: number): Connection[] {
  return Array.from({ length: count }, (_, index) => ({
    direction: 'inbound',
    peer: `127.0.0.1:${50_000 + index}`,
    peerUid: 1000,
  }));
}

/** Reads the kernel's table. It lacks a hidden row once, as when other users open and close many sockets. */
export function tableOf(
  world: World,
  network: string,
  wanted: (port: number) => boolean,
): ReturnType<typeof ok<readonly KernelSocket[]>> | { ok: false; why: string } {
  if (world.isOutOfFiles) return err("cannot read the kernel's TCP tables (EMFILE)");
  const rows = world.sockets.filter((socket) => {
    const isListed = socket.network === network && wanted(socket.port) && !socket.isHidden;
    socket.isHidden = false;
    return isListed;
  });
  return ok(rows.map(({ inode, address, port, uid }) => ({ id: String(inode), address, port, uid })));
}

/** The socket that a connection to an address reaches. */
export function reachedBy(world: World, network: string, address: string, port: number): Socket | undefined {
  const there = world.listenersAt(network, port);
  return (
    there.find((socket) => socket.address === address) ??
    there.find((socket) => socket.address === (address.includes(':') ? '::' : '0.0.0.0'))
  );
}
