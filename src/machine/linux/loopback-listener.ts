import { connect } from 'node:net';
import { err, ok, type Result } from '../../model/result.js';
import { errorCode } from '../../model/system-error.js';
import { readKernelFile } from './kernel-file.js';

/** Which socket receives connections to 127.0.0.1 on a port: an IPv6 socket does only if there is no IPv4 socket. */
export type LoopbackListener = 'none' | 'ipv4' | 'ipv6';

/** A listener accepts at once, also if its program is stuck: the kernel accepts for it. */
const DEADLINE_MS = 1000;
const LONGEST_TABLE = 16 * 1024 * 1024;

/**
 * Asks the kernel what listens at 127.0.0.1 on a port, by a connection that is reset at once and carries nothing. A
 * listener cannot be missing from this answer as it can from the kernel's table, from which other users can hide rows
 * while it is read.
 * @returns an error if the kernel neither accepts nor refuses
 */
export function findLoopbackListener(port: number): Promise<Result<LoopbackListener>> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const answer = (result: Result<LoopbackListener>): void => {
      clearTimeout(timer);
      // Node waits for the end of a connection attempt before it resets the connection.
      if (socket.connecting) socket.destroy();
      else socket.resetAndDestroy();
      resolve(result);
    };
    const timer = setTimeout(answer, DEADLINE_MS, err(`no answer in ${DEADLINE_MS} ms`));
    socket.once('connect', () => {
      answer(acceptedBy(port, socket.localPort ?? 0));
    });
    socket.once('error', (error) => {
      answer(errorCode(error) === 'ECONNREFUSED' ? ok('none') : err(errorCode(error)));
    });
  });
}

/** Whether the other end of our connection is an IPv6 socket. In doubt it is not: an IPv4 listener may be a daemon. */
function acceptedBy(port: number, ourPort: number): Result<LoopbackListener> {
  try {
    const table = readKernelFile('/proc/net/tcp6', LONGEST_TABLE)?.toString('latin1') ?? '';
    return ok(table.includes(` ${MAPPED}:${hex(port)} ${MAPPED}:${hex(ourPort)} `) ? 'ipv6' : 'ipv4');
  } catch {
    // The kernel has no IPv6.
    return ok('ipv4');
  }
}

/** `::ffff:127.0.0.1`, as the kernel prints it. */
const MAPPED = '0000000000000000FFFF00000100007F';

function hex(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, '0');
}
