import { type Holder, type ProcessDescription, read } from '../../model/evidence.js';
import { describeProcesses } from '../../system/observe/portable-processes.js';
import { listPortableSockets, type PortableSocket } from '../../system/observe/portable-sockets.js';
import { type Collector, sharersOf } from './collector.js';

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
    return read({
      sockets: found.value.map(({ address, port }) => ({ address, port, inode: null, uid: null })),
      findHolders: () => findHolders(found.value),
    });
  },
};

const FLATTENED = 'systeminformation reads flattened text, which proves no process';

async function findHolders(sockets: readonly PortableSocket[]): Promise<readonly Holder[]> {
  const describe = await describeProcesses(sockets.flatMap(({ pid }) => (pid.ok ? [pid.value] : [])));
  return sockets.map((socket) => holderOf(socket, sockets, describe));
}

function holderOf(
  socket: PortableSocket,
  sockets: readonly PortableSocket[],
  describe: (pid: number) => ProcessDescription,
): Holder {
  const { pid } = socket;
  const sharers = sharersOf(socket, sockets);
  if (sharers > 1) {
    const pids = pid.ok ? [pid.value] : [];
    return { kind: 'ambiguous', why: `${sharers} sockets share this address and port`, pids };
  }
  if (!pid.ok) return { kind: 'unknown', why: pid.why };
  return { kind: 'described', process: describe(pid.value), why: FLATTENED };
}
