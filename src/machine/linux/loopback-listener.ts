import { err, ok, type Result } from '../../model/result.js';
import { errorCode } from '../../model/system-error.js';
import { connectTo } from '../local-connection.js';
import { readKernelFile } from './kernel-file.js';
import { type Endpoint, inTable } from './peer-owners.js';

/**
 * Whether something listens at 127.0.0.1 on a port that no listed socket accounts for. A listener cannot be missing from
 * the kernel's answer to a connection as it can from the kernel's table, from which other users can hide rows while it is
 * read. An IPv6 socket of another user may be listed while our IPv4 socket is hidden.
 * @param isListed whether a socket with this address and the port is listed
 * @returns an error if the kernel neither accepts nor refuses a connection
 */
export async function lacksListener(
  port: number,
  isListed: (address: string) => boolean,
): Promise<Result<boolean>> {
  if (isListed('127.0.0.1') || isListed('0.0.0.0')) return ok(false);
  const found = await findLoopbackListener(port);
  if (!found.ok) return err(`cannot determine whether port ${port} is in use (${found.why})`);
  return ok(found.value === 'ipv4' || (found.value === 'ipv6' && !isListed('::')));
}

/** Which socket receives connections to 127.0.0.1 on a port: an IPv6 socket does only if there is no IPv4 socket. */
type LoopbackListener = 'none' | 'ipv4' | 'ipv6';

/** A listener accepts at once, also if its program is stuck: the kernel accepts for it. */
const DEADLINE_MS = 1000;
const LONGEST_TABLE = 16 * 1024 * 1024;

/**
 * Asks the kernel what listens at 127.0.0.1 on a port, by a connection that is closed at once and carries nothing. It is
 * not reset, because a server without an error handler exits when a client resets a connection.
 */
function findLoopbackListener(port: number): Promise<Result<LoopbackListener>> {
  return new Promise((resolve) => {
    const socket = connectTo('127.0.0.1', port);
    const answer = (result: Result<LoopbackListener>): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(result);
    };
    const timer = setTimeout(answer, DEADLINE_MS, err(`no answer in ${DEADLINE_MS} ms`));
    socket.once('connect', () => {
      const { localAddress = '', localPort = 0 } = socket;
      answer(acceptedBy({ address: '127.0.0.1', port }, { address: localAddress, port: localPort }));
    });
    socket.once('error', (error) => {
      answer(errorCode(error) === 'ECONNREFUSED' ? ok('none') : err(errorCode(error)));
    });
  });
}

/** Whether the other end of our connection is an IPv6 socket. In doubt it is not: an IPv4 listener may be a daemon. */
function acceptedBy(theirs: Endpoint, ours: Endpoint): Result<LoopbackListener> {
  try {
    const table = readKernelFile('/proc/net/tcp6', LONGEST_TABLE)?.toString('latin1') ?? '';
    return ok(table.includes(` ${MAPPED}${inTable(theirs)} ${MAPPED}${inTable(ours)} `) ? 'ipv6' : 'ipv4');
  } catch {
    // The kernel has no IPv6.
    return ok('ipv4');
  }
}

/** What precedes an IPv4 address in the kernel's table of IPv6 sockets. */
const MAPPED = '0000000000000000FFFF0000';
