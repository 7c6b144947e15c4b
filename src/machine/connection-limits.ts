import type { Server, Socket } from 'node:net';
import { monotonicMs } from './runtime.js';
import { type Endpoint, peersOwnedBy } from './linux/peer-owners.js';

/** Connections that are kept without knowing whose they are. */
const UNPROVEN_LIMIT = 32;
/** All connections; a process may have 1024 descriptors where it has few. */
const TOTAL_LIMIT = 512;
/** From accept to end, in milliseconds. Longer than the slowest answer, a view of the dashboard, takes. */
const LIFETIME_MS = 15_000;
/**
 * Pause between two searches for owners, in milliseconds, and as a multiple of what the last search took: other users
 * can make the kernel's table long.
 */
const SEARCH_PAUSE_MS = 100;
const SEARCH_PAUSE_FACTOR = 2;

/**
 * Keeps a server on loopback reachable for the user that it runs as, however many connections other users open, hold or
 * dribble into. Every connection is accepted: Node's `maxConnections` would turn away our own user's. While more are
 * open than `UNPROVEN_LIMIT`, the kernel is asked whose they are; those of our user stay, and of the others, or where
 * it cannot be told, the oldest are ended. Where connections come faster than that can be asked, the oldest that are not
 * known to be our user's make room. Every connection ends after `LIFETIME_MS`, whoever has it and however slowly it is
 * read.
 */
export function limitConnections(server: Server, local: Endpoint): void {
  /** Both in the order of acceptance. */
  const unproven = new Set<Socket>();
  const own = new Set<Socket>();
  let mayNotSearch = false;

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
    if (mayNotSearch || unproven.size <= UNPROVEN_LIMIT) return;
    mayNotSearch = true;
    const start = monotonicMs();
    void searchOwn().then(() => {
      const pause = Math.max(SEARCH_PAUSE_MS, (monotonicMs() - start) * SEARCH_PAUSE_FACTOR);
      setTimeout(() => {
        mayNotSearch = false;
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
    // A reset leaves nothing of the connection in the kernel. One that is being shut down cannot be reset (libuv: EINVAL).
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
