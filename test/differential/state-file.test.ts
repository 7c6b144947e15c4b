import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseStateFile } from '../../src/scan/root-files.js';
import { PRIVATE } from '../builders/evidence.js';
import { describeIf, hasPython } from '../support/requires.js';
import { bytesOf, inputs, readByPython } from './python.js';

/** How all releases from 3.1.0 to 3.2.6rc2 read the file, and how their HTTP client reads the URL. */
const PYTHON = `
from urllib.parse import urlsplit

def number(text):
    try:
        return int(text)
    except ValueError:
        return None

def reading(content):
    text = bytes.fromhex(content).decode("utf-8").replace("\\r\\n", "\\n").replace("\\r", "\\n")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    lines += [None] * (4 - len(lines))
    pid = None if lines[3] is None else number(lines[3])
    return {"urlPort": urlsplit(lines[0]).port, "port": number(lines[1]), "token": lines[2], "pid": pid}
`;

const TOKEN = 'c0ffee00c0ffee00c0ffee00c0ffee00';
const line = fc.constantFrom(
  ...['http://127.0.0.1:9401', 'http://127.0.0.1:9402/', 'http:\\\\127.0.0.1:9401', 'http:127.0.0.1:9401'],
  ...[
    'http://[::1]:9401',
    'http://user@127.0.0.1:9401',
    'HTTP://127.0.0.1:09401',
    'http://127.0.0.1:９４０１',
  ],
  ...[
    '9401',
    '+9401',
    '09401',
    '9_401',
    '９４０１',
    '9401.0',
    '9402',
    '0x24b9',
    '-9401',
    '4711',
    '0004711',
    '²',
  ],
  ...[TOKEN, 'None', 't÷ken', '\ufeff9401', '9401\u0085', '\ufeff', '\u0000', ''],
);
/** Line ends and blanks for some readers; mostly the line end that all readers agree on. */
const between = fc.oneof(
  { weight: 8, arbitrary: fc.constant('\n') },
  fc.constantFrom(
    '\r',
    '\r\n',
    '\v',
    '\f',
    '\x1c',
    '\x1e',
    '\x1f',
    '\x85',
    '\u2028',
    ' ',
    '\t',
    '\u00a0',
    '\ufeff\n',
  ),
);
const ordinary = fc.tuple(
  fc.constantFrom('http://127.0.0.1:9401', 'http://127.0.0.1:9401/\x1c9402', 'http://127.0.0.1:9401\ufeff'),
  ...['9401', TOKEN, '4711'].map((usual) => fc.oneof({ weight: 4, arbitrary: fc.constant(usual) }, line)),
);
const contents = fc
  .tuple(
    fc.oneof(ordinary, fc.array(line, { maxLength: 5 })),
    fc.array(between, { minLength: 6, maxLength: 6 }),
  )
  .map(([lines, ends]) => bytesOf(lines.map((text, at) => text + (ends[at] ?? '')).join('')));

describeIf([hasPython], 'a state file', () => {
  test('is read as released programs read it, or is malformed', () => {
    const all = inputs(contents);
    const theirs = readByPython(
      PYTHON,
      all.map((bytes) => bytes.toString('hex')),
    );
    let both = 0;
    for (const [index, bytes] of all.entries()) {
      const ours = parseStateFile(bytes.toString('utf8'), PRIVATE);
      if (ours.kind !== 'read') continue;
      both++;
      const { port, key, pid } = ours;
      // Without a token the PID is in its place, and released readers take it for the token.
      const token = key ?? (pid === null ? null : expect.stringMatching(new RegExp(`^0*${pid}$`)));
      const expected = { urlPort: port, port, token, pid: key === null ? null : pid };
      expect({ bytes, python: theirs[index] }).toEqual({ bytes, python: expected });
    }
    expect(both).toBeGreaterThan(100);
  });

  test('written by a released program is read', () => {
    const written = fc.tuple(
      fc.integer({ min: 1, max: 65535 }),
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
      fc.integer({ min: 1, max: 4194304 }),
    );
    for (const [port, random, pid] of inputs(written, 200)) {
      const token = Buffer.from(random).toString('hex');
      const text = `http://127.0.0.1:${port}\n${port}\n${token}\n${pid}\n`;
      expect(parseStateFile(text, PRIVATE)).toMatchObject({ kind: 'read', port, key: token, pid });
    }
  });
});
