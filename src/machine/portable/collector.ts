import type { ProcessDescription } from '../../model/evidence.js';
import { ok } from '../../model/result.js';
import type { SocketOwner } from '../../model/scan.js';
import { describeProcesses } from './processes.js';
import { listPortableSockets, type PortableSocket } from './sockets.js';
import { type AddressIndex, type Collector, indexAddresses, limitInspected } from '../collector.js';

/**
 * The portable collector. The package `systeminformation` parses what the system's tools (`ss`, `netstat`, `ps`) print:
 * the listening sockets, and the process that a tool names for each. This text is not exact, so this collector never
 * returns an owner as `known`.
 */
export const systeminformation: Collector = {
  name: 'systeminformation',
  readProcess: () => ({ kind: 'unreadable', why: NOT_EXACT }),
  async listSockets(wanted) {
    const found = await listPortableSockets(wanted);
    if (!found.ok) return found;
    // The tools do not show the user of a socket, so each counts as another user's.
    const { sockets, uninspected } = limitInspected(found.value, () => false);
    const addresses = indexAddresses(found.value);
    return ok({
      sockets: sockets.map(({ address, port }) => ({ address, port, id: null, uid: null })),
      uninspected,
      addresses,
      findOwners: () => findOwners(sockets, addresses),
    });
  },
};

const NOT_EXACT = 'systeminformation reads flattened text, which proves no process';

async function findOwners(
  sockets: readonly PortableSocket[],
  addresses: AddressIndex,
): Promise<readonly SocketOwner[]> {
  const describe = await describeProcesses(sockets.flatMap(({ pid }) => (pid.ok ? [pid.value] : [])));
  return sockets.map((socket) => ownerOf(socket, addresses.countAt(socket), describe));
}

function ownerOf(
  socket: PortableSocket,
  atAddress: number,
  describe: (pid: number) => ProcessDescription,
): SocketOwner {
  const { pid } = socket;
  if (atAddress > 1) {
    const pids = pid.ok ? [pid.value] : [];
    return { kind: 'ambiguous', why: `${atAddress} sockets share this address and port`, pids };
  }
  if (!pid.ok) return { kind: 'unknown', why: pid.why };
  return { kind: 'described', process: describe(pid.value), why: NOT_EXACT };
}
