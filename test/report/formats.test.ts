import { describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { formatJson } from '../../src/text/json.js';
import { stepLines } from '../../src/text/layout.js';
import {
  escapeForTerminal,
  formatAge,
  formatBytes,
  PLAIN,
  shellQuote,
  table,
} from '../../src/text/terminal.js';

describe('text of other processes is escaped', () => {
  test.each([
    ['\u001b[31mred', String.raw`\u{1b}[31mred`],
    ['bell\u0007, CSI \u009b, DEL \u007f', String.raw`bell\u{7}, CSI \u{9b}, DEL \u{7f}`],
    ['evil\u202etxt', String.raw`evil\u{202e}txt`],
    ['two\nlines\u2028three', String.raw`two\u{a}lines\u{2028}three`],
    ['Grüße, 猫 🐈', 'Grüße, 猫 🐈'],
  ])('%j for a terminal', (text, shown) => {
    expect(escapeForTerminal(text)).toBe(shown);
  });
  test('in JSON, and parses to the same text', () => {
    const document = { version: '\u001b\u009b\u007f\u202e\u2028 猫' };
    const text = formatJson(document);
    // eslint-disable-next-line no-control-regex -- these must not be in the output
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e\u2028]/);
    expect(JSON.parse(text)).toEqual(document);
  });
});

test('shell quoting leaves plain words alone and quotes everything else', () => {
  expect(shellQuote('/home/me/.spec-kitty')).toBe('/home/me/.spec-kitty');
  expect(shellQuote("/home/o'neill/a b")).toBe(String.raw`'/home/o'\''neill/a b'`);
  expect(shellQuote('$(rm -rf ~)')).toBe("'$(rm -rf ~)'");
  expect(shellQuote('')).toBe("''");
});

test.each(['/home/me/a\u0003\nrm -rf ~', "it's \\ \u202e猫\u009b"])(
  'control characters in a path survive quoting, and print as escapes: %j',
  (word) => {
    const quoted = shellQuote(word);
    expect(escapeForTerminal(quoted)).toBe(quoted);
    expect(spawnSync('bash', ['-c', `printf %s ${quoted}`], { encoding: 'utf8' }).stdout).toBe(word);
  },
);

test('sizes and ages are rounded to one unit', () => {
  expect([12_300, 412_000_000, 2_350_000_000].map(formatBytes)).toEqual(['12 kB', '412 MB', '2.4 GB']);
  const now = new Date('2026-11-23T12:00:00Z');
  const ages = [
    '2026-11-23T11:59:20Z',
    '2026-11-23T11:48:00Z',
    '2026-11-23T07:00:00Z',
    '2026-11-20T00:00:00Z',
  ];
  expect(ages.map((at) => formatAge(at, now))).toEqual(['40 s', '12 min', '5 h', '3 d']);
  expect(formatAge('2026-11-23T12:00:01Z', now)).toBe('0 s');
});

test('a table aligns its columns, without trailing blanks', () => {
  expect(
    table([
      ['a', 'bb', ''],
      ['ccc', 'd', ''],
    ]),
  ).toEqual(['a    bb', 'ccc  d']);
});

describe('a command that is broken to fit a terminal is the same for a shell', () => {
  const command = `printf '%s\\n' A='/o'\\''n/a  b' node $'it\\'s \\x1b' "$HOME" spec-kitty`;

  test.each([Infinity, 80, 60, 40, 30])('%d columns', (columns) => {
    const screen = { style: PLAIN, columns, joinsLines: true };
    const lines = stepLines({ command, effect: 'prints it' }, screen);
    const run = (typed: string) => spawnSync('bash', ['-c', typed], { encoding: 'utf8' });
    expect(lines.filter((line) => line.length > columns)).toEqual([]);
    expect(run(lines.join('\n'))).toMatchObject({ status: 0, stdout: run(command).stdout, stderr: '' });
    expect(run(command).stdout.split('\n')).toHaveLength(6);
  });
});
