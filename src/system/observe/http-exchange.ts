import { errorCode } from './system-error.js';
import { nextTurn } from './next-turn.js';

/** One question to whoever listens on a port of this machine. */
export interface HttpQuestion {
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

export type HttpAnswer =
  /** The body is that of a `GET` with status 200: nobody reads another, and it is not waited for. */
  | { readonly kind: 'answered'; readonly status: number; readonly body: string }
  /** Bytes came that are no answer to this question. */
  | { readonly kind: 'unfit'; readonly why: string }
  /** No complete answer before the deadline, or no connection. */
  | { readonly kind: 'silent'; readonly why: string }
  /** It never left us, for want of this (the name of the system's error). */
  | { readonly kind: 'not_sent'; readonly why: string; readonly shortOf: string };

/** No released daemon answers with more than 2 KB; what goes on beyond this is somebody else. */
const LONGEST_BODY = 64 * 1024;
const LONGEST_HEAD = 8 * 1024;

/**
 * Asks once, over a connection of its own, and takes what comes back for what it is: no proxy of the environment, no
 * redirect, nothing kept open. Never rejects, whatever answers (pitfall 33), and ends by the deadline.
 *
 * HTTP/1.0, which rules out every form of answer but one: a head, and a body up to its announced length or the end of
 * the connection. Node's own client costs a program twice the time for its first question, most of it in one stretch
 * (ADR 9), and daemons are asked in front of every command.
 */
export async function exchange(question: HttpQuestion): Promise<HttpAnswer> {
  // Loaded when there is somebody to ask; a program that we run in gets its turn after.
  const { connect } = await import('node:net');
  await nextTurn();
  const { address, port, deadlineMs } = question;
  return new Promise((resolve) => {
    const socket = connect({ host: address, port });
    const deadline = setTimeout(() => {
      settle({ kind: 'silent', why: `no complete answer within ${deadlineMs} ms` });
    }, deadlineMs);
    const settle = (answer: HttpAnswer): void => {
      clearTimeout(deadline);
      socket.destroy();
      resolve(answer);
    };
    let received = '';
    // A character a byte: a body is decoded when it is whole.
    socket.setEncoding('latin1');
    socket.on('data', (piece: string) => {
      received += piece;
      const answer = answerIn(received, question, false);
      if (answer) settle(answer);
    });
    socket.on('end', () => {
      settle(answerIn(received, question, true) ?? BROKEN_OFF);
    });
    socket.on('error', (error) => {
      settle(received === '' ? whyNothingCame(errorCode(error)) : BROKEN_OFF);
    });
    socket.write(requestText(question));
  });
}

const BROKEN_OFF: HttpAnswer = { kind: 'silent', why: 'broke off in mid-answer' };

function requestText({ address, port, method, path, headers, body }: HttpQuestion): string {
  const lines = [
    `${method} ${path} HTTP/1.0`,
    `Host: ${address.includes(':') ? `[${address}]` : address}:${port}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ...(body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]),
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

/**
 * The answer in what has come so far; null where more has to come.
 * @param isOver whether no more will come
 */
function answerIn(received: string, { method }: HttpQuestion, isOver: boolean): HttpAnswer | null {
  if (!received.startsWith(START.slice(0, received.length))) return NOT_HTTP;
  const headLength = received.indexOf(END_OF_HEAD);
  if ((headLength < 0 ? received.length : headLength) > LONGEST_HEAD)
    return { kind: 'unfit', why: `answered with a head of more than ${LONGEST_HEAD} bytes` };
  if (headLength < 0) return isOver && received === '' ? HUNG_UP : null;

  const head = received.slice(0, headLength);
  const status = /^HTTP\/1\.[01] (\d{3})(?: |\r|$)/.exec(head)?.[1];
  if (status === undefined) return NOT_HTTP;
  if (status !== '200' || method !== 'GET') return { kind: 'answered', status: Number(status), body: '' };
  if (/^transfer-encoding:/im.test(head)) return { kind: 'unfit', why: 'answered in a form not asked for' };

  const body = received.slice(headLength + END_OF_HEAD.length);
  if (body.length > LONGEST_BODY)
    return { kind: 'unfit', why: `answered with more than ${LONGEST_BODY} bytes` };
  const announced = /^content-length:[ \t]*(\d+)[ \t]*\r?$/im.exec(head)?.[1];
  const isWhole = announced === undefined ? isOver : body.length >= Number(announced);
  if (!isWhole) return null;
  const bytes = Buffer.from(body, 'latin1').subarray(
    0,
    announced === undefined ? undefined : Number(announced),
  );
  return { kind: 'answered', status: 200, body: bytes.toString('utf8') };
}

const START = 'HTTP/1.';
const END_OF_HEAD = '\r\n\r\n';
const NOT_HTTP: HttpAnswer = { kind: 'unfit', why: 'answered with something that is not HTTP' };
const HUNG_UP: HttpAnswer = { kind: 'silent', why: 'hung up without an answer' };

/** No descriptor or no memory for a connection: then the question never left. */
const OUR_OWN_LIMITS = ['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM'];

function whyNothingCame(code: string): HttpAnswer {
  return OUR_OWN_LIMITS.includes(code)
    ? { kind: 'not_sent', why: `we could not open a connection (${code})`, shortOf: code }
    : { kind: 'silent', why: `no answer (${code})` };
}
