import { type Observer, read } from '../../model/evidence.js';
import { listListeningSockets } from '../../system/observe/listening-sockets.js';
import { readProcess } from '../../system/observe/process-table.js';
import type { Collector, Reach } from './collector.js';
import { placesOf, withinBounds } from './places.js';
import { nextTurn } from '../../system/observe/next-turn.js';

/** The collector of Linux: everything from the kernel's own tables, and exact. Whatever acts needs this one. */
export const procfs: Collector = {
  name: 'procfs',
  lookAtProcess: readProcess,
  async listSockets(wanted, tables) {
    const sockets = await listListeningSockets(wanted, tables ?? undefined);
    if (!sockets.ok) return sockets;
    const uid = process.geteuid?.();
    const { sockets: looked, further } = withinBounds(sockets.value, (socket) => socket.uid === uid);
    const places = placesOf(sockets.value);
    return read({
      sockets: looked,
      further,
      places,
      findHolders: async (observer: Observer, reach: Reach) => {
        const { findHolders } = await import('./holders.js');
        await nextTurn();
        return findHolders(looked, places, observer, reach);
      },
    });
  },
};
