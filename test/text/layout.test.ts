import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type Column,
  cut,
  fitTable,
  hangingTable,
  type Screen,
  stepLines,
  wrap,
} from '../../src/text/layout.js';
import { displayWidth, formatMoment, PLAIN } from '../../src/text/terminal.js';

const screen = (columns: number): Screen => ({ style: PLAIN, columns, joinsLines: true });

test.each([
  ['plain', 5],
  ['世界', 4],
  ['한글 カナ', 9],
  ['Grüße', 5],
  ['u\u0308', 1],
  ['🐈', 2],
  ['☺\uFE0F', 3],
  ['ＡＢ', 4],
])('%j takes %d columns', (text, width) => {
  expect(displayWidth(text)).toBe(width);
});

describe('a table that fits', () => {
  const columns: readonly Column[] = [
    { head: 'PORT', least: 6, keepsEnd: true },
    { head: 'WHAT', least: 8 },
    { head: 'MEMORY', least: Infinity, dropOrder: 1 },
    { head: 'ROOT', least: 8, dropOrder: 2, keepsEnd: true },
  ];
  const rows = [['9401', 'orphan, no longer in use', '11 MB', '/home/me/世界/.spec-kitty']];

  test.each([
    [Infinity, '9401  orphan, no longer in use  11 MB   /home/me/世界/.spec-kitty'],
    [60, '9401  orphan, no longer in use  11 MB   …me/世界/.spec-kitty'],
    [46, '9401  orphan, no longer in …  11 MB   …c-kitty'],
    [29, '9401  orphan, no lon…  11 MB'],
    [21, '9401  orphan, no lon…'],
  ])('shortens columns, then drops them: %d', (limit, row) => {
    const lines = fitTable(columns, rows, limit);
    expect(lines.at(-1)).toBe(row);
    expect(Math.max(...lines.map(displayWidth))).toBeLessThanOrEqual(limit);
  });

  test('keeps the port of a long address', () => {
    expect(fitTable(columns, [['[2001:db8::1]:9401', 'live daemon', '-', '-']], 18).at(-1)).toBe(
      '…:9401  live daem…',
    );
  });
});

test.each([80, 60, 40])('text of any kind stays within %d columns', (columns) => {
  const text = fc.string({ unit: fc.constantFrom('a', ' ', '世', '🐈', '-'), maxLength: 200 });
  fc.assert(
    fc.property(text, text, (one, other) => {
      const lines = [...wrap(one, columns), ...hangingTable([['9401', cut(one, 20), other]], columns)];
      expect(lines.filter((line) => displayWidth(line) > columns)).toEqual([]);
      expect(wrap(one, columns).join('').replaceAll(' ', '')).toBe(one.replaceAll(' ', ''));
    }),
  );
});

describe('a step', () => {
  test('is not broken for a shell that does not join lines', () => {
    const words = { command: 'node "C:\\a b" auth doctor --collector procfs', effect: 'asks the kernel' };
    const lines = stepLines(words, { ...screen(40), joinsLines: false });
    expect(lines).toEqual(['    # asks the kernel', `    ${words.command}`]);
  });

  test('in words is a comment, so that it can be pasted without harm', () => {
    const lines = stepLines(
      { command: null, effect: 'look at it; rm nothing, and then look again' },
      screen(30),
    );
    expect(lines).toEqual(['    # look at it - rm nothing,', '    # and then look again']);
  });
});

test('a moment has its age and its local time, with the date if it was not today', () => {
  const now = new Date(2026, 10, 23, 14, 8);
  const at = (...of: readonly [number, number, number, number, number]): string =>
    new Date(...of).toISOString();
  expect(formatMoment(at(2026, 10, 23, 14, 5), now)).toBe('3 min ago, 14:05');
  expect(formatMoment(at(2026, 10, 21, 9, 0), now)).toBe('2 d ago, 2026-11-21 09:00');
});
