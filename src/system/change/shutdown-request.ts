import { errorCode } from '../observe/system-error.js';

export type ShutdownAnswer =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'no_answer'; readonly why: string };

export interface ShutdownRequest {
  /** The socket's own address: where another socket could answer instead, nothing is sent. */
  readonly address: string;
  readonly port: number;
  /** From the listener's exact argv, never from a reply. */
  readonly token: string;
  readonly deadlineMs: number;
}

/** Asks a daemon to leave: `POST /api/shutdown` with its own token. Never rejects; ends by the deadline. */
export async function requestShutdown({
  address,
  port,
  token,
  deadlineMs,
}: ShutdownRequest): Promise<ShutdownAnswer> {
  const { Agent, request } = await import('node:http');
  return new Promise((resolve) => {
    const body = JSON.stringify({ token });
    const asked = request({
      host: address,
      port,
      method: 'POST',
      path: '/api/shutdown',
      // Our own agent: no proxy of the environment comes between.
      agent: new Agent({ keepAlive: false }),
      headers: {
        'Content-Type': 'application/json',
        'Content-Length': Buffer.byteLength(body),
        Connection: 'close',
      },
    });
    const settle = (answer: ShutdownAnswer): void => {
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
        statusCode === 200
          ? { kind: 'accepted' }
          : { kind: 'refused', why: `HTTP status ${String(statusCode)}` },
      );
    });
    asked.end(body);
  });
}
