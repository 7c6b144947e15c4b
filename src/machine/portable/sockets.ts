import { once } from 'node:events';
import { createServer, isIPv4 } from 'node:net';
import { ok, type Result, err } from '../../model/result.js';
import { errorCode } from '../../model/system-error.js';
import { type ConnectionRow, connectionRows } from './system-information.js';

/** A listening socket as a system tool shows it. */
export interface PortableSocket {
  readonly address: string;
  readonly port: number;
  /** The process that the tool shows for the socket. Tools do not show a second owner of the same socket. */
  readonly pid: Result<number>;
}

/**
 * Lists listening TCP sockets with the tools of this system. systeminformation returns an empty list if the tools are
 * missing. So a reference listener is opened first, and a list without this listener is an error (pitfall 29).
 */
export async function listPortableSockets(
  wanted: (port: number) => boolean,
): Promise<Result<readonly PortableSocket[]>> {
  const reference = await openReferenceListener();
  if (!reference.ok) return reference;
  const rows = await connectionRows();
  reference.value.close();
  return rows.ok ? socketsFrom(rows.value, reference.value, process.pid, wanted) : rows;
}

/**
 * Takes the wanted listeners from the rows of a tool, without the reference listener.
 * @param ownPid the PID that opened the reference listener. If the tool shows another PID for it, no PID is used.
 */
export function socketsFrom(
  rows: readonly ConnectionRow[],
  reference: Pick<ReferenceListener, 'address' | 'port'>,
  ownPid: number,
  wanted: (port: number) => boolean,
): Result<readonly PortableSocket[]> {
  const listening = rows.filter(({ protocol, state }) => protocol.startsWith('tcp') && state === 'LISTEN');
  const shown = listening.map((row) => ({ row, address: addressOf(row), port: Number(row.localPort) }));
  const ours = shown.find(({ address, port }) => address === reference.address && port === reference.port);
  if (!ours) return err(REFERENCE_MISSING);
  const knowsPids = ours.row.pid === ownPid;
  return ok(
    shown
      .filter((socket) => socket !== ours && wanted(socket.port))
      .map(({ row, address, port }) => ({ address, port, pid: knowsPids ? pidOf(row) : err(NO_PIDS) })),
  );
}

const REFERENCE_MISSING =
  'systeminformation does not show a test listener that this command opened: `ss` or `netstat` is missing, or its output cannot be parsed';
const NO_PIDS = 'systeminformation shows another process for a test listener that this command opened';

function pidOf({ pid }: ConnectionRow): Result<number> {
  return pid !== null && Number.isSafeInteger(pid) && pid > 0
    ? ok(pid)
    : err('the tools of this system show no process for this socket');
}

/**
 * Returns the address of a row in one form. Tools differ in how they print addresses: `[::1]` (ss), `*` for any address
 * (ss, macOS), and netstat omits the prefix of an IPv4-mapped IPv6 address.
 */
function addressOf({ protocol, localAddress }: ConnectionRow): string {
  const [unscoped = ''] = localAddress.split('%', 1);
  const bare = unscoped.replaceAll(/[[\]]/g, '');
  if (bare === '*') return protocol === 'tcp4' ? '0.0.0.0' : '::';
  return protocol === 'tcp6' && isIPv4(bare) ? `::ffff:${bare}` : bare;
}

/** A listener of our own that every complete list of listeners must contain. */
export interface ReferenceListener {
  readonly address: string;
  readonly port: number;
  close(): void;
}

/** Opens a reference listener on a free port of 127.0.0.1. The listener closes every connection at once. */
export async function openReferenceListener(): Promise<Result<ReferenceListener>> {
  const server = createServer((connection) => connection.destroy());
  try {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  } catch (error) {
    return err(`cannot open a test listener to check the list with (${errorCode(error)})`);
  }
  const bound = server.address();
  if (typeof bound !== 'object' || bound === null) return err('the test listener has no port');
  return ok({ address: bound.address, port: bound.port, close: () => server.close() });
}
