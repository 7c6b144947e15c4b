import { expect, test } from '@jest/globals';
import { answerReader, type HttpAnswer } from '../../src/machine/http-answer.js';

/** Passes the text to a reader in pieces of this length, and counts the pieces that it needed. */
function readInPieces(
  text: string,
  length: number,
): { readonly answer: HttpAnswer; readonly pieces: number } {
  const reader = answerReader('GET');
  for (let at = 0, pieces = 1; at < text.length; at += length, pieces += 1) {
    const answer = reader.add(text.slice(at, at + length));
    if (answer) return { answer, pieces };
  }
  return { answer: reader.end(), pieces: Math.ceil(text.length / length) };
}

const BLANKS = ' '.repeat(8000);
const UNSUPPORTED_FORM = { kind: 'invalid', why: 'answered with HTTP headers that no daemon sends' };
const HELLO = { kind: 'answered', status: 200, body: 'hello' };

test.each<[string, string, object]>([
  ['blanks before the length', `Content-Length:${BLANKS}5\r\n`, HELLO],
  ['blanks after the length', `Content-Length: 5${BLANKS}\r\n`, HELLO],
  ['blanks after the header name', `Content-Length${BLANKS}: 5\r\n`, HELLO],
  ['blanks instead of a length', `Content-Length:${BLANKS}\r\n`, UNSUPPORTED_FORM],
  ['a length split by blanks', `Content-Length: 5${BLANKS}5\r\n`, UNSUPPORTED_FORM],
  ['blanks and no colon', `Content-Length${BLANKS}\r\n`, HELLO],
  ['a header name with a byte that is a blank only in latin1', `Content-Length\xa0: 1\r\n`, HELLO],
  ['a transfer encoding with blanks', `transfer-encoding${BLANKS}: chunked\r\n`, UNSUPPORTED_FORM],
])('a head with %s is read the same, whole or byte by byte', (_what, line, expected) => {
  const text = `HTTP/1.0 200 OK\r\n${line}\r\nhello`;
  for (const length of [1, 7, text.length]) expect(readInPieces(text, length).answer).toEqual(expected);
});

test('accepts a head of 8192 bytes and refuses one more byte, however the head is split', () => {
  const start = 'HTTP/1.0 200 OK\r\nA: ';
  const headOf = (bytes: number): string => start.padEnd(bytes, 'x');
  const tooLong = { kind: 'invalid', why: 'answered with HTTP headers of more than 8192 bytes' };
  for (const length of [1, 4096, 100_000]) {
    expect(readInPieces(`${headOf(8192)}\r\n\r\nhello`, length).answer).toEqual(HELLO);
    expect(readInPieces(`${headOf(8193)}\r\n\r\nhello`, length).answer).toEqual(tooLong);
  }
});

test('stops reading an endless head or body at its limit (pitfall 33)', () => {
  const start = 'HTTP/1.0 200 OK\r\n';
  const endlessHead = readInPieces(start + 'A: a\r\n'.repeat(100_000), 1);
  expect(endlessHead).toMatchObject({ answer: { kind: 'invalid' }, pieces: 8192 + 4 });
  const endlessBody = readInPieces(`${start}\r\n${'x'.repeat(1_000_000)}`, 1);
  expect(endlessBody).toMatchObject({
    answer: { kind: 'invalid' },
    pieces: start.length + 2 + 64 * 1024 + 1,
  });
});
