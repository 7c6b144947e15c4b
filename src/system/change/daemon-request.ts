import type { DaemonAction } from '../observe/own-proof.js';
import { errorCode } from '../observe/system-error.js';

export type RequestAnswer =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'no_answer'; readonly why: string };

export interface DaemonRequest {
  /** The socket's own address: where another socket could answer instead, nothing is sent. */
  readonly address: string;
  readonly port: number;
  readonly action: DaemonAction;
  /** A token from exact argv or our state file, or a proof from an identity record; never anything from a reply. */
  readonly body: object;
  readonly deadlineMs: number;
}

/** Asks a daemon for something: `POST /api/<action>`. Never rejects; ends by the deadline. */
export async function askDaemon({
  address,
  port,
  action,
  body,
  deadlineMs,
}: DaemonRequest): Promise<RequestAnswer> {
  const { Agent, request } = await import('node:http');
  return new Promise((resolve) => {
    const text = JSON.stringify(body);
    const asked = request({
      host: address,
      port,
      method: 'POST',
      path: `/api/${action}`,
      // Our own agent: no proxy of the environment comes between.
      agent: new Agent({ keepAlive: false }),
      headers: {
        'Content-Type': 'application/json',
        'Content-Length': Buffer.byteLength(text),
        Connection: 'close',
      },
    });
    const settle = (answer: RequestAnswer): void => {
      clearTimeout(deadline);
      asked.destroy();
      resolve(answer);
    };
    const deadline = setTimeout(() => {
      settle({ kind: 'no_answer', why: `no answer within ${deadlineMs} ms` });
    }, deadlineMs);
    asked.on('error', (error) => {
      settle({ kind: 'no_answer', why: errorCode(error) });
    });
    asked.on('response', ({ statusCode }) => {
      settle(
        statusCode === 200 || statusCode === 202
          ? { kind: 'accepted' }
          : { kind: 'refused', why: `HTTP status ${String(statusCode)}` },
      );
    });
    asked.end(text);
  });
}
