import type { Server, Socket } from 'node:net';
import { monotonicMs } from './runtime.js';
import { type Endpoint, peersOwnedBy } from './linux/peer-owners.js';

/** How many connections of unknown users may be open before their users are looked up. */
const UNPROVEN_LIMIT = 32;
/** The most connections open at once. The usual limit of open files for a process is 1024. */
const TOTAL_LIMIT = 512;
/** A connection lives at most this long. The slowest answer, a view of the dashboard, takes less. */
const LIFETIME_MS = 15_000;
/**
 * Minimum pause between two searches for the owners of connections: the longer of `SEARCH_PAUSE_MS` and
 * `SEARCH_PAUSE_FACTOR` times the duration of the last search. The factor limits the load of searches, because other
 * users can make the kernel's table long.
 */
const SEARCH_PAUSE_MS = 100;
const SEARCH_PAUSE_FACTOR = 2;

/**
 * Keeps a loopback server reachable for the user that it runs as while other users open and hold connections to it.
 * - Every connection is accepted: Node's `maxConnections` would also refuse those of our user.
 * - A connection is unproven until the kernel's table shows that our user opened it. The table is read when more than
 *   `UNPROVEN_LIMIT` connections are unproven: connections of our user stay open, and the oldest of the others are
 *   reset until at most `UNPROVEN_LIMIT` unproven connections remain.
 * - Above `TOTAL_LIMIT` the oldest unproven connection is reset, or the oldest connection of our user if none is
 *   unproven.
 * - Every connection ends after `LIFETIME_MS`.
 */
export function limitConnections(server: Server, local: Endpoint): void {
  // Sets keep the order of insertion: the oldest connection is first.
  const unproven = new Set<Socket>();
  const own = new Set<Socket>();
  let isSearchPaused = false;

  server.on('connection', (socket) => {
    const lifetime = setTimeout(end, LIFETIME_MS, socket);
    unproven.add(socket);
    socket.once('close', () => {
      clearTimeout(lifetime);
      forget(socket);
    });
    if (unproven.size + own.size > TOTAL_LIMIT) end(oldestOf(unproven) ?? oldestOf(own));
    endUnproven();
  });

  function endUnproven(): void {
    if (isSearchPaused || unproven.size <= UNPROVEN_LIMIT) return;
    isSearchPaused = true;
    const start = monotonicMs();
    void searchOwn().then(() => {
      const pause = Math.max(SEARCH_PAUSE_MS, (monotonicMs() - start) * SEARCH_PAUSE_FACTOR);
      setTimeout(() => {
        isSearchPaused = false;
        endUnproven();
      }, pause).unref();
    });
  }

  async function searchOwn(): Promise<void> {
    const peers = [...unproven].map(peerOf);
    const owned = await peersOwnedBy(process.geteuid?.() ?? -1, local, peers);
    for (const peer of peers) {
      if (owned.has(peer) && unproven.delete(peer.socket)) own.add(peer.socket);
    }
    for (const { socket } of peers) {
      if (unproven.size <= UNPROVEN_LIMIT) return;
      if (unproven.has(socket)) end(socket);
    }
  }

  function end(socket: Socket | undefined): void {
    if (!socket) return;
    forget(socket);
    // A reset frees the connection in the kernel at once. libuv cannot reset a connection that is being shut down
    // (EINVAL), so such a connection is destroyed.
    if (socket.writableEnded && socket.writableLength === 0) socket.destroy();
    else socket.resetAndDestroy();
  }

  function forget(socket: Socket): void {
    unproven.delete(socket);
    own.delete(socket);
  }
}

function peerOf(socket: Socket): Endpoint & { readonly socket: Socket } {
  return { address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0, socket };
}

function oldestOf(sockets: ReadonlySet<Socket>): Socket | undefined {
  const [oldest] = sockets;
  return oldest;
}
