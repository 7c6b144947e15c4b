import type { ProcessDescription } from '../../model/evidence.js';
import { ok } from '../../model/result.js';
import type { SocketOwner } from '../../model/scan.js';
import { describeProcesses } from './processes.js';
import { listPortableSockets, type PortableSocket } from './sockets.js';
import type { Collector } from '../collector.js';
import { type Places, placesOf, withinBounds } from '../collector.js';

/**
 * The portable collector: what the system's own tools print, taken apart by `systeminformation`. It shows what listens
 * and who seems to hold it. Nothing it says of a process is exact, so no holder is ever `known` through it.
 */
export const systeminformation: Collector = {
  name: 'systeminformation',
  lookAtProcess: () => ({ kind: 'unreadable', why: FLATTENED }),
  async listSockets(wanted) {
    const found = await listPortableSockets(wanted);
    if (!found.ok) return found;
    // It does not say whose they are: any may be another user's.
    const { sockets, further } = withinBounds(found.value, () => false);
    const places = placesOf(found.value);
    return ok({
      sockets: sockets.map(({ address, port }) => ({ address, port, inode: null, uid: null })),
      further,
      places,
      findOwners: () => findOwners(sockets, places),
    });
  },
};

const FLATTENED = 'systeminformation reads flattened text, which proves no process';

async function findOwners(
  sockets: readonly PortableSocket[],
  places: Places,
): Promise<readonly SocketOwner[]> {
  const describe = await describeProcesses(sockets.flatMap(({ pid }) => (pid.ok ? [pid.value] : [])));
  return sockets.map((socket) => holderOf(socket, places.sharersOf(socket), describe));
}

function holderOf(
  socket: PortableSocket,
  sharers: number,
  describe: (pid: number) => ProcessDescription,
): SocketOwner {
  const { pid } = socket;
  if (sharers > 1) {
    const pids = pid.ok ? [pid.value] : [];
    return { kind: 'ambiguous', why: `${sharers} sockets share this address and port`, pids };
  }
  if (!pid.ok) return { kind: 'unknown', why: pid.why };
  return { kind: 'described', process: describe(pid.value), why: FLATTENED };
}
