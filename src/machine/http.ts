import { connect } from 'node:net';
import { CHALLENGE_HEADER } from '../model/scan.js';
import { answerReader, BROKEN_OFF, type HttpAnswer } from './http-answer.js';
import { errorCode } from '../model/system-error.js';

/** One question to whoever listens on a port of this machine. */
export interface HttpRequest {
  /** An address of this machine, never a host name: no resolver and no second address comes into play (pitfall 32). */
  readonly address: string;
  readonly port: number;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** For everything together: connecting, waiting, reading. */
  readonly deadlineMs: number;
}

/**
 * Asks once, over a connection of its own, and takes what comes back for what it is: no proxy of the environment, no
 * redirect, nothing kept open. Never rejects, whatever answers (pitfall 33), and ends by the deadline.
 *
 * HTTP/1.0, which rules out every form of answer but one: a head, and a body up to its announced length or the end of
 * the connection. Node's own client costs a program twice the time for its first question, most of it in one stretch
 * (ADR 9), and daemons are asked in front of every command.
 */
export async function exchange(question: HttpRequest): Promise<HttpAnswer> {
  // Loaded when there is somebody to ask; a program that we run in gets its turn after.
  const { address, port, method, deadlineMs } = question;
  return new Promise((resolve) => {
    const socket = connect({ host: address, port });
    const deadline = setTimeout(() => {
      // A question that is given up is taken back by a reset: closed, it would stand in the daemon's queue until that
      // daemon takes it up, and look like somebody who keeps it busy. A request stays: it may still be obeyed.
      if (method === 'GET' && !socket.connecting) socket.resetAndDestroy();
      settle({ kind: 'silent', why: `no complete answer within ${deadlineMs} ms`, mayHaveLeft });
    }, deadlineMs);
    const settle = (answer: HttpAnswer): void => {
      clearTimeout(deadline);
      socket.destroy();
      resolve(answer);
    };
    const reader = answerReader(method);
    let hasReceived = false;
    // Node writes nothing to a socket before it is connected.
    let mayHaveLeft = false;
    socket.once('connect', () => {
      mayHaveLeft = true;
    });
    // A character a byte: a body is decoded when it is whole.
    socket.setEncoding('latin1');
    socket.on('data', (piece: string) => {
      hasReceived = true;
      const answer = reader.take(piece);
      if (answer) settle(answer);
    });
    socket.on('end', () => {
      settle(reader.end());
    });
    socket.on('error', (error) => {
      settle(hasReceived ? BROKEN_OFF : whyNothingCame(errorCode(error), mayHaveLeft));
    });
    socket.write(requestText(question));
  });
}

function requestText({ address, port, method, path, headers, body }: HttpRequest): string {
  const lines = [
    `${method} ${path} HTTP/1.0`,
    `Host: ${address.includes(':') ? `[${address}]` : address}:${port}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ...(body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]),
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

/** No descriptor or no memory for a connection: then the question never left. */
const OUR_OWN_LIMITS = ['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM'];

function whyNothingCame(code: string, mayHaveLeft: boolean): HttpAnswer {
  return OUR_OWN_LIMITS.includes(code)
    ? { kind: 'not_sent', why: `we could not open a connection (${code})`, shortOf: code }
    : { kind: 'silent', why: `no answer (${code})`, mayHaveLeft };
}

export interface HealthRequest {
  /** Of this machine. */
  readonly address: string;
  readonly port: number;
  readonly challenge: string;
  readonly deadlineMs: number;
}

/** Asks one listener for its health, which changes nothing: `GET /api/health`. Never rejects; ends by the deadline. */
export function getHealth({ address, port, challenge, deadlineMs }: HealthRequest): Promise<HttpAnswer> {
  return exchange({
    address,
    port,
    method: 'GET',
    path: '/api/health',
    headers: { Accept: 'application/json', [CHALLENGE_HEADER]: challenge },
    body: '',
    deadlineMs,
  });
}
