import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { accountName } from '../../src/sync/account.js';
import { validateServerUrl } from '../../src/sync/account.js';
import { strip } from '../../src/model/python-text.js';
import { describeIf, hasPython } from '../support/requires.js';
import { inputs, readByPython, textsOf } from './python.js';

const BLANKS = [
  ' ',
  '\t',
  '\n',
  '\v',
  '\x1c',
  '\x1f',
  '\x85',
  '\u00a0',
  '\u200b',
  '\u2029',
  '\u3000',
  '\ufeff',
];

describeIf([hasPython], 'text of settings', () => {
  test('is stripped of exactly the blanks that Python strips', () => {
    const all = Array.from({ length: 0x10000 }, (_, code) => code)
      .filter((code) => code < 0xd800 || code > 0xdfff)
      .map((code) => `${String.fromCharCode(code)}a${String.fromCharCode(code)}`);
    const theirs = readByPython('def reading(text):\n    return text.strip()\n', all);
    expect(all.map(strip)).toEqual(theirs);
    const pieces = [...BLANKS, 'a', 'é', '/'];
    const mixed = inputs(textsOf(pieces, 8));
    expect(mixed.map(strip)).toEqual(readByPython('def reading(text):\n    return text.strip()\n', mixed));
  });

  test('is stripped in linear time, also with a million blanks inside', () => {
    const hostile = `a${' '.repeat(1_000_000)}b`;
    expect(strip(` ${hostile} `)).toBe(hostile);
  });

  test('gives the account name that released programs use', () => {
    const part = textsOf([...BLANKS, 'A', 'b', 'É', 'Σ', 'ß', 'İ', 'Ж', '/', '|', '.'], 6);
    const all = inputs(fc.tuple(part, part, part));
    const program = `
def reading(account):
    server, user, team = [part.strip().lower() for part in account]
    return "|".join([server.rstrip("/"), user, team])
`;
    const ours = all.map(([server, user, teamSlug]) => accountName({ server, user, teamSlug }));
    expect(ours).toEqual(readByPython(program, all));
  });
});

const PYTHON_URL = `
from urllib.parse import urlsplit

def reading(text):
    url = urlsplit(text)
    return {"scheme": url.scheme, "host": url.hostname, "port": url.port}
`;

describeIf([hasPython], 'the address of a server', () => {
  test('has the same host and port as in Python, or is refused', () => {
    const scheme = fc.constantFrom(
      'https://',
      'https://',
      'HTTPS://',
      'http://',
      'https:/',
      'https:',
      'https:\\\\',
      'ht\ttps://',
      '//',
    );
    const host = fc.constantFrom(
      'sync.example.com',
      'Sync.Example.com',
      'localhost',
      '127.0.0.1',
      '0x7f.1',
      '2130706433',
      '127.1',
      '[::1]',
      '[0:0::1]',
      'faß.de',
      'xn--fa-hia.de',
      'ex%61mple.com',
      'good.com\\@evil.com',
      'good.com@evil.com',
      'e\u2100vil.com',
      '１２7.0.0.1',
      'a_b',
      'a..b',
      '',
    );
    const rest = fc.constantFrom(
      '',
      '',
      ':443',
      ':0443',
      ':8000',
      ':80',
      ':',
      ':８',
      ':99999',
      '/base',
      '/a\\@b',
      '/../x',
      '\\@evil.com',
      '/?x',
      '/#x',
      ' ',
      '\n',
      '/é',
    );
    const all = inputs(
      fc.tuple(scheme, host, rest).map((parts) => parts.join('')),
      3000,
    );
    const theirs = readByPython(
      PYTHON_URL,
      all.map((text) => strip(text)),
    );
    let both = 0;
    for (const [index, text] of all.entries()) {
      const server = validateServerUrl(text);
      if (!server.ok) continue;
      both++;
      const { protocol, hostname, port } = new URL(server.value);
      const usual = protocol === 'https:' ? 443 : 80;
      const python = theirs[index] as { scheme: string; host: string; port: number | null } | null;
      const read = python && { ...python, port: python.port ?? usual };
      const ours = {
        scheme: protocol.slice(0, -1),
        host: hostname.replace(/^\[|\]$/g, ''),
        port: Number(port) || usual,
      };
      expect({ text, read }).toEqual({ text, read: ours });
    }
    expect(both).toBeGreaterThan(100);
  });
});
