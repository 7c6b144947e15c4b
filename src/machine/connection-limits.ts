import type { Server, Socket } from 'node:net';
import { monotonicMs } from './runtime.js';
import { type Endpoint, peersOwnedBy } from './linux/peer-owners.js';

/** How many connections may be open without knowing which user opened them. */
const UNPROVEN_LIMIT = 32;
/** Limit for all connections. The usual limit of open files is 1024 for a process. */
const TOTAL_LIMIT = 512;
/** A connection lives at most this long. The slowest answer, a view of the dashboard, takes less. */
const LIFETIME_MS = 15_000;
/**
 * Pause between two searches for owners: at least `SEARCH_PAUSE_MS`, and `SEARCH_PAUSE_FACTOR` times what the last
 * search took, because other users can make the kernel's table long.
 */
const SEARCH_PAUSE_MS = 100;
const SEARCH_PAUSE_FACTOR = 2;

/**
 * Keeps a loopback server reachable for the user that it runs as while other users open and hold connections to it.
 * - Every connection is accepted: Node's `maxConnections` would also refuse those of our user.
 * - With more than `UNPROVEN_LIMIT` unproven connections, the kernel's table tells which belong to our user. Those
 *   stay; of the rest the oldest are reset.
 * - Above `TOTAL_LIMIT` the oldest unproven connection is reset, or the oldest own one if there is none.
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
    // A reset frees the connection in the kernel at once. libuv cannot reset one that is being shut down (EINVAL).
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
