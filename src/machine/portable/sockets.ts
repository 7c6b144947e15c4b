import { once } from 'node:events';
import { createServer, isIPv4 } from 'node:net';
import { ok, type Result, err } from '../../model/result.js';
import { errorCode } from '../../model/system-error.js';
import { type ConnectionRow, connectionRows } from './system-information.js';

/** A listening socket as a tool shows it. */
export interface PortableSocket {
  readonly address: string;
  readonly port: number;
  /** The process that the tool names beside it. A second holder of the same socket is not shown. */
  readonly pid: Result<number>;
}

/**
 * Lists listening TCP sockets by the tools of this system. Where they are missing the answer is an empty list, so a
 * listener of our own must be in it: without that canary nobody looked (pitfall 29).
 */
export async function listPortableSockets(
  wanted: (port: number) => boolean,
): Promise<Result<readonly PortableSocket[]>> {
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
): Result<readonly PortableSocket[]> {
  const listening = rows.filter(({ protocol, state }) => protocol.startsWith('tcp') && state === 'LISTEN');
  const shown = listening.map((row) => ({ row, address: addressOf(row), port: Number(row.localPort) }));
  const ours = shown.find(({ address, port }) => address === canary.address && port === canary.port);
  if (!ours) return err(NOBODY_LOOKED);
  const knowsPids = ours.row.pid === ownPid;
  return ok(
    shown
      .filter((socket) => socket !== ours && wanted(socket.port))
      .map(({ row, address, port }) => ({ address, port, pid: knowsPids ? pidOf(row) : err(NO_PIDS) })),
  );
}

const NOBODY_LOOKED =
  'systeminformation does not show a listener that we had just opened: `ss` or `netstat` is missing, or prints what it cannot read';
const NO_PIDS = 'systeminformation does not name us as the holder of our own listener';

function pidOf({ pid }: ConnectionRow): Result<number> {
  return pid !== null && Number.isSafeInteger(pid) && pid > 0
    ? ok(pid)
    : err('the tools of this system name no process for this socket');
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

/** A listener of our own, which any honest list of listeners must show. */
export interface Canary {
  readonly address: string;
  readonly port: number;
  close(): void;
}

/** Opens one on a free port of the loopback address. It serves nobody. */
export async function openCanary(): Promise<Result<Canary>> {
  const server = createServer((connection) => connection.destroy());
  try {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  } catch (error) {
    return err(`cannot open a listener of our own to check the answer by (${errorCode(error)})`);
  }
  const bound = server.address();
  if (typeof bound !== 'object' || bound === null) return err('our own listener has no port');
  return ok({ address: bound.address, port: bound.port, close: () => server.close() });
}
