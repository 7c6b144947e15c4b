import { nextTurn } from '../observe/next-turn.js';
import { errorCode } from '../observe/system-error.js';

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
  /** No complete answer before the deadline, or no connection. Unless `mayHaveLeft`, no byte of the question was sent. */
  | { readonly kind: 'silent'; readonly why: string; readonly mayHaveLeft: boolean }
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
    const answerIn = readerFor(method);
    let received = '';
    // Node writes nothing to a socket before it is connected.
    let mayHaveLeft = false;
    socket.once('connect', () => {
      mayHaveLeft = true;
    });
    // A character a byte: a body is decoded when it is whole.
    socket.setEncoding('latin1');
    socket.on('data', (piece: string) => {
      received += piece;
      const answer = answerIn(received, false);
      if (answer) settle(answer);
    });
    socket.on('end', () => {
      settle(answerIn(received, true) ?? BROKEN_OFF);
    });
    socket.on('error', (error) => {
      settle(received === '' ? whyNothingCame(errorCode(error), mayHaveLeft) : BROKEN_OFF);
    });
    socket.write(requestText(question));
  });
}

const BROKEN_OFF: HttpAnswer = { kind: 'silent', why: 'broke off in mid-answer', mayHaveLeft: true };

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
 * Reads one answer: call it with all that has come so far, and whether that is all that will come. Null where more has to
 * come. The head is read once, however many pieces the body comes in.
 */
function readerFor(method: HttpQuestion['method']): (received: string, isOver: boolean) => HttpAnswer | null {
  let head: Head | undefined;
  return (received, isOver) => {
    if (!head) {
      const answer = readHead(received, isOver);
      if (answer === null || 'kind' in answer) return answer;
      head = answer;
    }
    const { status, bodyAt, announced } = head;
    if (status !== 200 || method !== 'GET') return { kind: 'answered', status, body: '' };
    const length = received.length - bodyAt;
    if (length > LONGEST_BODY) return { kind: 'unfit', why: `answered with more than ${LONGEST_BODY} bytes` };
    if (announced === null ? !isOver : length < announced) return null;
    const bytes = Buffer.from(received.slice(bodyAt, bodyAt + (announced ?? length)), 'latin1');
    return { kind: 'answered', status, body: bytes.toString('utf8') };
  };
}

interface Head {
  readonly status: number;
  readonly bodyAt: number;
  /** How long the body says it is, where it does. */
  readonly announced: number | null;
}

/** Null where more has to come. */
function readHead(received: string, isOver: boolean): Head | HttpAnswer | null {
  if (!received.startsWith(START.slice(0, received.length))) return NOT_HTTP;
  const end = received.indexOf(END_OF_HEAD);
  if ((end < 0 ? received.length : end) > LONGEST_HEAD)
    return { kind: 'unfit', why: `answered with a head of more than ${LONGEST_HEAD} bytes` };
  if (end < 0) {
    // A head whose lines end in another way has ended already, and would be waited for until the deadline.
    if (received.includes('\n\n')) return NOT_HTTP;
    return isOver && received === '' ? HUNG_UP : null;
  }
  const head = received.slice(0, end);
  const status = /^HTTP\/1\.[01] (\d{3})(?: |\r|$)/.exec(head)?.[1];
  if (status === undefined || !PLAIN.test(head) || MISPLACED_LINE_END.test(head)) return NOT_HTTP;
  const lengths = [...head.matchAll(/\ncontent-length[ \t]*:[ \t]*(.*?)[ \t]*(?=\r|$)/gi)];
  const [announced] = lengths.map(([, length = '']) => length);
  if (lengths.length > 1 || /\ntransfer-encoding[ \t]*:/i.test(head) || !/^\d{1,5}$/.test(announced ?? '0'))
    return { kind: 'unfit', why: 'answered in a form that no daemon uses' };
  return {
    status: Number(status),
    bodyAt: end + END_OF_HEAD.length,
    announced: announced === undefined ? null : Number(announced),
  };
}

const START = 'HTTP/1.';
const END_OF_HEAD = '\r\n\r\n';
/** What may stand in a head; and where a line ends, or goes on, in another way than this. */
const PLAIN = /^[\t\r\n\x20-\x7e\x80-\xff]*$/;
const MISPLACED_LINE_END = /[^\r]\n|\r(?!\n|$)|\n[ \t]/;
const NOT_HTTP: HttpAnswer = { kind: 'unfit', why: 'answered with something that is not HTTP' };
const HUNG_UP: HttpAnswer = { kind: 'silent', why: 'hung up without an answer', mayHaveLeft: true };

/** No descriptor or no memory for a connection: then the question never left. */
const OUR_OWN_LIMITS = ['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM'];

function whyNothingCame(code: string, mayHaveLeft: boolean): HttpAnswer {
  return OUR_OWN_LIMITS.includes(code)
    ? { kind: 'not_sent', why: `we could not open a connection (${code})`, shortOf: code }
    : { kind: 'silent', why: `no answer (${code})`, mayHaveLeft };
}
