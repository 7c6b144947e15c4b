import { isIPv4, type Socket } from 'node:net';
import { CHALLENGE_HEADER } from '../model/scan.js';
import { answerReader, INCOMPLETE_ANSWER, type HttpAnswer } from './http-answer.js';
import { errorCode } from '../model/system-error.js';
import { whoReceived } from './linux/other-end.js';
import { connectTo } from './local-connection.js';

/** One request to a listener of this machine. */
export interface HttpRequest {
  /** An IP address of this machine, never a host name, which could resolve to another address (pitfall 32). */
  readonly address: string;
  readonly port: number;
  /** The user of the listener; null if it is unknown, and then who receives the connection is not checked. */
  readonly uid: number | null;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Deadline for the whole exchange (connecting, sending and reading), in milliseconds. */
  readonly deadlineMs: number;
}

/**
 * Sends one request over a connection of its own, once the listener's user is known to have the other end of it. It
 * uses no proxy, follows no redirect and keeps no connection open. Never rejects (pitfall 33), and ends by the deadline.
 *
 * The connection is never reset, and is closed when the server has closed it, or at the deadline: a server without an
 * error handler exits when a client resets the connection, or is gone before the server has written its whole answer.
 *
 * The request is HTTP/1.0, so the answer has a single form: a head, then a body up to `Content-Length` or the end of
 * the connection. Node's HTTP client is not used: the first request would take twice as long (ADR 9), and daemons are
 * probed before every command.
 */
export async function sendRequest(request: HttpRequest): Promise<HttpAnswer> {
  const { address, port, method, deadlineMs } = request;
  return new Promise((resolve) => {
    const socket = connectTo(address, port);
    const deadline = setTimeout(() => {
      settle(
        isChecking
          ? NOT_KNOWN_WHO_RECEIVED
          : { kind: 'silent', why: `no complete answer within ${deadlineMs} ms`, mayHaveBeenSent },
      );
    }, deadlineMs);
    const reader = answerReader(method);
    let answer: HttpAnswer | null = null;
    const settle = (otherwise: HttpAnswer): void => {
      clearTimeout(deadline);
      socket.destroy();
      resolve(answer ?? otherwise);
    };
    let received = 0;
    let isChecking = false;
    let mayHaveBeenSent = false;
    socket.once('connect', () => {
      isChecking = true;
      void whyNotReceived(socket, request).then((why) => {
        isChecking = false;
        if (why !== null) settle(why);
        else if (!socket.destroyed) exchange();
      });
    });
    socket.on('error', (error) => {
      settle(received > 0 ? INCOMPLETE_ANSWER : failureFrom(errorCode(error), mayHaveBeenSent));
    });

    function exchange(): void {
      mayHaveBeenSent = true;
      // One character per byte; the reader decodes the body when it is complete.
      socket.setEncoding('latin1');
      socket.on('data', (piece: string) => {
        received += piece.length;
        if (answer === null) {
          answer = reader.add(piece);
          if (answer) socket.end();
        } else if (received > MOST_RECEIVED) settle(answer);
      });
      socket.on('end', () => {
        settle(reader.end());
      });
      socket.write(requestText(request));
    }
  });
}

const NOT_KNOWN_WHO_RECEIVED: HttpAnswer = {
  kind: 'not_sent',
  why: 'it cannot be determined which process received the connection',
};

/** Returns the result of a request that is not sent, because not the listener's user has the other end; else null. */
async function whyNotReceived(
  { localAddress = '', localPort = 0 }: Socket,
  { address, port, uid, deadlineMs }: HttpRequest,
): Promise<HttpAnswer | null> {
  if (process.platform !== 'linux' || uid === null || !isIPv4(address)) return null;
  const ours = { address: localAddress, port: localPort };
  switch (await whoReceived({ address, port }, ours, uid, deadlineMs)) {
    case 'listener':
      return null;
    case 'another_user':
      return { kind: 'not_sent', why: 'a socket of another user received the connection in its place' };
    case 'unknown':
      return NOT_KNOWN_WHO_RECEIVED;
  }
}

/** Limit for what is received, in bytes. An answer may have less; what a server sends after its answer is dropped. */
const MOST_RECEIVED = 256 * 1024;

function requestText({ address, port, method, path, headers, body }: HttpRequest): string {
  const lines = [
    `${method} ${path} HTTP/1.0`,
    `Host: ${address.includes(':') ? `[${address}]` : address}:${port}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ...(body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]),
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

/** Error codes for a lack of descriptors or memory on our side. With such an error, nothing was sent. */
const OUR_OWN_LIMITS = ['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM'];

function failureFrom(code: string, mayHaveBeenSent: boolean): HttpAnswer {
  return OUR_OWN_LIMITS.includes(code)
    ? { kind: 'not_sent', why: `we could not open a connection (${code})`, shortOf: code }
    : { kind: 'silent', why: `no answer (${code})`, mayHaveBeenSent };
}

export interface HealthRequest {
  /** An IP address of this machine. */
  readonly address: string;
  readonly port: number;
  /** The user of the listener; null if it is unknown. */
  readonly uid: number | null;
  readonly challenge: string;
  readonly deadlineMs: number;
}

/** Probes one listener's health: `GET /api/health`, which changes nothing. Never rejects; ends by the deadline. */
export function getHealth({ address, port, uid, challenge, deadlineMs }: HealthRequest): Promise<HttpAnswer> {
  return sendRequest({
    address,
    port,
    uid,
    method: 'GET',
    path: '/api/health',
    headers: { Accept: 'application/json', [CHALLENGE_HEADER]: challenge },
    body: '',
    deadlineMs,
  });
}
