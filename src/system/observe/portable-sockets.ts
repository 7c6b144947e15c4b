import { isIPv4 } from 'node:net';
import { type Reading, read, unread } from '../../model/evidence.js';
import { type Canary, openCanary } from './canary.js';
import { type ConnectionRow, connectionRows } from './system-information.js';

/** A listening socket as a tool shows it. */
export interface PortableSocket {
  readonly address: string;
  readonly port: number;
  /** The process that the tool names beside it. A second holder of the same socket is not shown. */
  readonly pid: Reading<number>;
}

/**
 * Lists listening TCP sockets by the tools of this system. Where they are missing the answer is an empty list, so a
 * listener of our own must be in it: without that canary nobody looked (pitfall 29).
 */
export async function listPortableSockets(
  wanted: (port: number) => boolean,
): Promise<Reading<readonly PortableSocket[]>> {
  const canary = await openCanary();
  if (!canary.ok) return canary;
  const rows = await connectionRows();
  canary.value.close();
  return rows.ok ? socketsFrom(rows.value, canary.value, process.pid, wanted) : rows;
}

/**
 * Takes the wanted listeners from the rows of a tool, and the canary out of them.
 * @param ownPid who opened the canary: where it is shown with another PID or none, PIDs say nothing
 */
export function socketsFrom(
  rows: readonly ConnectionRow[],
  canary: Pick<Canary, 'address' | 'port'>,
  ownPid: number,
  wanted: (port: number) => boolean,
): Reading<readonly PortableSocket[]> {
  const listening = rows.filter(({ protocol, state }) => protocol.startsWith('tcp') && state === 'LISTEN');
  const shown = listening.map((row) => ({ row, address: addressOf(row), port: Number(row.localPort) }));
  const ours = shown.find(({ address, port }) => address === canary.address && port === canary.port);
  if (!ours) return unread(NOBODY_LOOKED);
  const knowsPids = ours.row.pid === ownPid;
  return read(
    shown
      .filter((socket) => socket !== ours && wanted(socket.port))
      .map(({ row, address, port }) => ({ address, port, pid: knowsPids ? pidOf(row) : unread(NO_PIDS) })),
  );
}

const NOBODY_LOOKED =
  'systeminformation does not show a listener that we had just opened: `ss` or `netstat` is missing, or prints what it cannot read';
const NO_PIDS = 'systeminformation does not name us as the holder of our own listener';

function pidOf({ pid }: ConnectionRow): Reading<number> {
  return pid !== null && Number.isSafeInteger(pid) && pid > 0
    ? read(pid)
    : unread('the tools of this system name no process for this socket');
}

/**
 * Each tool writes addresses its own way: `[::1]` (ss), `*` for any (ss, macOS), and netstat prints an IPv4 address
 * that an IPv6 socket is bound to without its prefix.
 */
function addressOf({ protocol, localAddress }: ConnectionRow): string {
  const [unscoped = ''] = localAddress.split('%', 1);
  const bare = unscoped.replaceAll(/[[\]]/g, '');
  if (bare === '*') return protocol === 'tcp4' ? '0.0.0.0' : '::';
  return protocol === 'tcp6' && isIPv4(bare) ? `::ffff:${bare}` : bare;
}
