import { connect } from 'node:net';
import { err, ok, type Result } from '../model/result.js';
import { errorCode } from '../model/system-error.js';

/** A listener accepts at once, also if its program is stuck: the kernel accepts for it. */
const DEADLINE_MS = 1000;

/**
 * Whether nothing listens at 127.0.0.1 on a port: the kernel refuses a connection. A listener cannot be missing from
 * this answer as it can from the kernel's table, from which other users can hide rows while it is read. The connection
 * is reset at once, and nothing is sent.
 * @returns an error if the kernel neither accepts nor refuses
 */
export function isPortRefused(port: number): Promise<Result<boolean>> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const answer = (result: Result<boolean>): void => {
      clearTimeout(timer);
      socket.resetAndDestroy();
      resolve(result);
    };
    const timer = setTimeout(answer, DEADLINE_MS, err(`no answer in ${DEADLINE_MS} ms`));
    socket.once('connect', () => {
      answer(ok(false));
    });
    socket.once('error', (error) => {
      answer(errorCode(error) === 'ECONNREFUSED' ? ok(true) : err(errorCode(error)));
    });
  });
}
