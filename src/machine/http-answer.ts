/** What one question over HTTP came to. */
export type HttpAnswer =
  /** The body is that of a `GET` with status 200: nobody reads another, and it is not waited for. */
  | { readonly kind: 'answered'; readonly status: number; readonly body: string }
  /** Bytes came that are no answer to this question. */
  | { readonly kind: 'unfit'; readonly why: string }
  /** No complete answer before the deadline, or no connection. Unless `mayHaveLeft`, no byte of the question was sent. */
  | { readonly kind: 'silent'; readonly why: string; readonly mayHaveLeft: boolean }
  /** It never left us, for want of this (the name of the system's error). */
  | { readonly kind: 'not_sent'; readonly why: string; readonly shortOf: string };

/** Reads one answer as it arrives. */
interface AnswerReader {
  /** @param piece one character per byte (latin1). @returns the answer, or null while it is incomplete */
  take(piece: string): HttpAnswer | null;
  /** Call when the connection has ended. */
  end(): HttpAnswer;
}

/** No released daemon answers with more than 2 KB; what goes on beyond this is somebody else. */
const LONGEST_BODY = 64 * 1024;
const LONGEST_HEAD = 8 * 1024;

/**
 * Makes a reader for the answer to one request. Its work is proportional to the bytes received, in however many pieces
 * they arrive: each byte is examined a fixed number of times, and no expression that backtracks over it is used.
 */
export function answerReader(method: 'GET' | 'POST'): AnswerReader {
  const headEndIn = headScanner();
  let pieces: string[] = [];
  let bodyLength = 0;
  let head: Head | null = null;

  const wholeAnswer = (isOver: boolean): HttpAnswer | null => {
    if (head === null) return null;
    const { status, announced } = head;
    if (status !== 200 || method !== 'GET') return { kind: 'answered', status, body: '' };
    if (bodyLength > LONGEST_BODY)
      return { kind: 'unfit', why: `answered with more than ${LONGEST_BODY} bytes` };
    if (announced === null ? !isOver : bodyLength < announced) return null;
    const bytes = Buffer.from(pieces.join('').slice(0, announced ?? bodyLength), 'latin1');
    return { kind: 'answered', status, body: bytes.toString('utf8') };
  };

  return {
    take(piece) {
      let bodyAt = 0;
      if (head === null) {
        const found = headEndIn(piece);
        if (found.kind === 'unfit') return found;
        pieces.push(piece.slice(0, found.at));
        if (found.kind === 'incomplete') return null;
        const parsed = parseHead(pieces.join('').slice(0, -END_OF_HEAD.length));
        if ('kind' in parsed) return parsed;
        head = parsed;
        pieces = [];
        bodyAt = found.at;
      }
      pieces.push(piece.slice(bodyAt));
      bodyLength += piece.length - bodyAt;
      return wholeAnswer(false);
    },
    end: () => wholeAnswer(true) ?? (pieces.length === 0 ? HUNG_UP : BROKEN_OFF),
  };
}

type Unfit = Extract<HttpAnswer, { kind: 'unfit' }>;

type HeadEnd =
  /** The head ends before this place in the piece, its empty line included. */
  | { readonly kind: 'complete'; readonly at: number }
  | { readonly kind: 'incomplete'; readonly at: number }
  | Unfit;

const START = 'HTTP/1.';
const END_OF_HEAD = '\r\n\r\n';

/** Finds where a head ends, looking at each character of the pieces once. */
function headScanner(): (piece: string) => HeadEnd {
  let seen = 0;
  /** How many of the last characters may be the begin of the empty line that ends a head. */
  let matched = 0;
  let before = '';
  return (piece) => {
    for (let at = 0; at < piece.length; at += 1) {
      const character = piece.charAt(at);
      if (seen < START.length && character !== START[seen]) return NOT_HTTP;
      // A head whose lines end in another way has ended already, and would be waited for until the deadline.
      if (character === '\n' && before === '\n') return NOT_HTTP;
      if (character === END_OF_HEAD[matched]) matched += 1;
      else matched = character === '\r' ? 1 : 0;
      if (matched === END_OF_HEAD.length) return { kind: 'complete', at: at + 1 };
      seen += 1;
      if (seen === LONGEST_HEAD + END_OF_HEAD.length)
        return { kind: 'unfit', why: `answered with a head of more than ${LONGEST_HEAD} bytes` };
      before = character;
    }
    return { kind: 'incomplete', at: piece.length };
  };
}

interface Head {
  readonly status: number;
  /** How long the body says it is, where it does. */
  readonly announced: number | null;
}

/** @param text without the empty line at its end */
function parseHead(text: string): Head | Unfit {
  const [statusLine = '', ...lines] = text.split('\r\n');
  const status = /^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(statusLine)?.[1];
  // A line break of another kind, or one that goes on with the line before, is read differently by different programs.
  if (status === undefined || !PLAIN.test(statusLine) || !lines.every(isPlainLine)) return NOT_HTTP;
  let announced: string | null = null;
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = trimBlanks(line.slice(0, Math.max(colon, 0))).toLowerCase();
    if (name === 'transfer-encoding' || (name === 'content-length' && announced !== null))
      return NO_DAEMONS_FORM;
    if (name === 'content-length') announced = trimBlanks(line.slice(colon + 1));
  }
  if (announced !== null && !/^\d{1,5}$/.test(announced)) return NO_DAEMONS_FORM;
  return { status: Number(status), announced: announced === null ? null : Number(announced) };
}

/** What may stand in a line of a head. */
const PLAIN = /^[\t\x20-\x7e\x80-\xff]*$/;

function isPlainLine(line: string): boolean {
  return PLAIN.test(line) && !isBlank(line, 0);
}

/** Without the spaces and tabs around it; unlike `trim`, which takes away a byte that is a blank in latin1 only. */
function trimBlanks(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && isBlank(text, from)) from += 1;
  while (to > from && isBlank(text, to - 1)) to -= 1;
  return text.slice(from, to);
}

function isBlank(text: string, at: number): boolean {
  return text[at] === ' ' || text[at] === '\t';
}

const NOT_HTTP: Unfit = { kind: 'unfit', why: 'answered with something that is not HTTP' };
const NO_DAEMONS_FORM: Unfit = { kind: 'unfit', why: 'answered in a form that no daemon uses' };
const HUNG_UP: HttpAnswer = { kind: 'silent', why: 'hung up without an answer', mayHaveLeft: true };
/** The connection ended before the answer was complete. */
export const BROKEN_OFF: HttpAnswer = { kind: 'silent', why: 'broke off in mid-answer', mayHaveLeft: true };
