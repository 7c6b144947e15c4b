import { type Observer, read } from '../../model/evidence.js';
import { listListeningSockets } from '../../system/observe/listening-sockets.js';
import { readProcess } from '../../system/observe/process-table.js';
import type { Collector, Reach } from './collector.js';
import { nextTurn } from '../../system/observe/next-turn.js';

/** The collector of Linux: everything from the kernel's own tables, and exact. Whatever acts needs this one. */
export const procfs: Collector = {
  name: 'procfs',
  lookAtProcess: readProcess,
  async listSockets(wanted, tables) {
    const sockets = await listListeningSockets(wanted, tables ?? undefined);
    if (!sockets.ok) return sockets;
    return read({
      sockets: sockets.value,
      findHolders: async (observer: Observer, reach: Reach) => {
        const { findHolders } = await import('./holders.js');
        await nextTurn();
        return findHolders(sockets.value, observer, reach);
      },
    });
  },
};
