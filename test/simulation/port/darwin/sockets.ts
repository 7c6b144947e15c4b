import type { KernelSocket } from '../../../../src/model/evidence.js';
import { err, ok, type Result } from '../../../../src/model/result.js';
import type { World } from '../../world/world.js';

/**
 * Lists the listening sockets of macOS. Where a read of Linux misses a row without a word, the list of macOS has another
 * generation at its end, and is read again for some time.
 */
export function listeningSockets(
  world: World,
  network: string,
  wanted: (port: number) => boolean,
): Result<readonly KernelSocket[]> {
  let hasChanged = false;
  const rows: KernelSocket[] = [];
  for (const socket of world.sockets) {
    if (socket.network !== network) continue;
    hasChanged ||= socket.isHidden;
    socket.isHidden = false;
    const { address, port, uid } = socket;
    if (wanted(port)) rows.push({ id: world.system.socketId(socket), address, port, uid });
  }
  return hasChanged ? err('the list of TCP sockets changed during each of 20 reads') : ok(rows);
}
