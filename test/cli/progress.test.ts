import { expect, test } from '@jest/globals';
import type { WriteStream } from 'node:tty';
import { progressOn } from '../../src/machine/terminal.js';

/** A terminal cannot be had in a test run without one, so what would be written to it is collected. */
function terminal(isTTY: boolean): { stream: WriteStream; written: string[] } {
  const written: string[] = [];
  const stream = { isTTY, write: (text: string) => written.push(text) } as unknown as WriteStream;
  return { stream, written };
}

test('a terminal shows how far a sweep is, on one line that is wiped at the end', () => {
  const { stream, written } = terminal(true);
  const show = progressOn(stream);
  show(1, 2);
  show(2, 2);
  expect(written).toEqual(['\r\u001b[Kretiring daemons: 1 of 2', '\r\u001b[K']);
});

test('elsewhere nothing is written', () => {
  const { stream, written } = terminal(false);
  progressOn(stream)(1, 2);
  expect(written).toEqual([]);
});
