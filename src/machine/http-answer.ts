/** The result of one HTTP request. */
export type HttpAnswer =
  /** `body` is read only for a `GET` with status 200; otherwise it is empty. */
  | { readonly kind: 'answered'; readonly status: number; readonly body: string }
  /** The bytes received are no valid answer. */
  | { readonly kind: 'invalid'; readonly why: string }
  /**
   * No complete answer was received before the deadline or the end of the connection, or there was no connection.
   * `mayHaveBeenSent` is false if no byte of the request was sent.
   */
  | { readonly kind: 'silent'; readonly why: string; readonly mayHaveBeenSent: boolean }
  /**
   * The request was not sent. `shortOf`: this process lacks a resource; the system's error code (`EMFILE`). Else the
   * connection was received by another user's socket, or it cannot be determined who received it.
   */
  | { readonly kind: 'not_sent'; readonly why: string; readonly shortOf?: string };

interface AnswerReader {
  /**
   * Adds received bytes.
   * @param piece one character per byte (latin1)
   * @returns the answer, or null while the answer is incomplete
   */
  add(piece: string): HttpAnswer | null;
  /** Returns the result if the connection has ended before `add` returned an answer. */
  end(): HttpAnswer;
}

/** Limit for the body, in bytes. Released daemons answer with at most 2 KB. */
const LONGEST_BODY = 64 * 1024;
const LONGEST_HEAD = 8 * 1024;

/**
 * Makes a reader for the answer to one request. The work of the reader is linear in the bytes received, however they
 * are split into pieces: each byte is examined a fixed number of times, and no regular expression backtracks over the
 * bytes.
 */
export function answerReader(method: 'GET' | 'POST'): AnswerReader {
  const findHeadEnd = headEndFinder();
  let pieces: string[] = [];
  let bodyLength = 0;
  let head: Head | null = null;

  const completeAnswer = (isOver: boolean): HttpAnswer | null => {
    if (head === null) return null;
    const { status, contentLength } = head;
    if (status !== 200 || method !== 'GET') return { kind: 'answered', status, body: '' };
    if (bodyLength > LONGEST_BODY)
      return { kind: 'invalid', why: `answered with more than ${LONGEST_BODY} bytes` };
    if (contentLength === null ? !isOver : bodyLength < contentLength) return null;
    const bytes = Buffer.from(pieces.join('').slice(0, contentLength ?? bodyLength), 'latin1');
    return { kind: 'answered', status, body: bytes.toString('utf8') };
  };

  return {
    add(piece) {
      let bodyAt = 0;
      if (head === null) {
        const found = findHeadEnd(piece);
        if (found.kind === 'invalid') return found;
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
      return completeAnswer(false);
    },
    end: () => completeAnswer(true) ?? (pieces.length === 0 ? NO_ANSWER : INCOMPLETE_ANSWER),
  };
}

type Invalid = Extract<HttpAnswer, { kind: 'invalid' }>;

type HeadEnd =
  /** The head, including its empty line, ends before index `at` of the piece. */
  | { readonly kind: 'complete'; readonly at: number }
  | { readonly kind: 'incomplete'; readonly at: number }
  | Invalid;

const START = 'HTTP/1.';
const END_OF_HEAD = '\r\n\r\n';

/** Makes a function that finds the end of the head in successive pieces. It examines each character once. */
function headEndFinder(): (piece: string) => HeadEnd {
  let seen = 0;
  /** How many characters of `END_OF_HEAD`, from its start, match the last characters read. */
  let matched = 0;
  let before = '';
  return (piece) => {
    for (let at = 0; at < piece.length; at += 1) {
      const character = piece.charAt(at);
      if (seen < START.length && character !== START[seen]) return NOT_HTTP;
      // A head with bare `\n` line ends is complete here and is refused at once. It contains no `\r\n\r\n`, so reading
      // on would wait until the deadline.
      if (character === '\n' && before === '\n') return NOT_HTTP;
      if (character === END_OF_HEAD[matched]) matched += 1;
      else matched = character === '\r' ? 1 : 0;
      if (matched === END_OF_HEAD.length) return { kind: 'complete', at: at + 1 };
      seen += 1;
      if (seen === LONGEST_HEAD + END_OF_HEAD.length)
        return { kind: 'invalid', why: `answered with HTTP headers of more than ${LONGEST_HEAD} bytes` };
      before = character;
    }
    return { kind: 'incomplete', at: piece.length };
  };
}

interface Head {
  readonly status: number;
  /** Value of `Content-Length`, or null. */
  readonly contentLength: number | null;
}

/**
 * Parses the head of an answer.
 * @param text the head without the empty line at its end
 */
function parseHead(text: string): Head | Invalid {
  const [statusLine = '', ...lines] = text.split('\r\n');
  const status = /^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(statusLine)?.[1];
  // Programs differ in how they read other line breaks and continued lines, so both are refused.
  if (status === undefined || !PLAIN.test(statusLine) || !lines.every(isPlainLine)) return NOT_HTTP;
  let contentLength: string | null = null;
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = trimBlanks(line.slice(0, Math.max(colon, 0))).toLowerCase();
    if (name === 'transfer-encoding' || (name === 'content-length' && contentLength !== null))
      return UNSUPPORTED_FORM;
    if (name === 'content-length') contentLength = trimBlanks(line.slice(colon + 1));
  }
  if (contentLength !== null && !/^\d{1,5}$/.test(contentLength)) return UNSUPPORTED_FORM;
  return { status: Number(status), contentLength: contentLength === null ? null : Number(contentLength) };
}

/** Characters that a header line may contain. */
const PLAIN = /^[\t\x20-\x7e\x80-\xff]*$/;

function isPlainLine(line: string): boolean {
  return PLAIN.test(line) && !isBlank(line, 0);
}

/**
 * Removes spaces and tabs around a text. `trim` would also remove the byte 0xA0, which latin1 decodes to a no-break
 * space.
 */
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

const NOT_HTTP: Invalid = { kind: 'invalid', why: 'answered with something that is not HTTP' };
const UNSUPPORTED_FORM: Invalid = { kind: 'invalid', why: 'answered with HTTP headers that no daemon sends' };
const NO_ANSWER: HttpAnswer = {
  kind: 'silent',
  why: 'closed the connection without an answer',
  mayHaveBeenSent: true,
};
/** The result if the connection ended before the answer was complete. */
export const INCOMPLETE_ANSWER: HttpAnswer = {
  kind: 'silent',
  why: 'closed the connection before the answer was complete',
  mayHaveBeenSent: true,
};
