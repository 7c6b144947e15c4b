import { expect, test } from '@jest/globals';
import type { WriteStream } from 'node:tty';
import { progressOn } from '../../src/machine/terminal.js';

/** Stands in for a terminal, because a test run may have none: collects what is written. */
function terminal(isTTY: boolean): { stream: WriteStream; written: string[] } {
  const written: string[] = [];
  const stream = { isTTY, write: (text: string) => written.push(text) } as unknown as WriteStream;
  return { stream, written };
}

test('a terminal shows the progress of a reset on one line, and erases it at the end', () => {
  const { stream, written } = terminal(true);
  const show = progressOn(stream);
  show(1, 2);
  show(2, 2);
  expect(written).toEqual(['\r\u001b[Kretiring daemons: 1 of 2', '\r\u001b[K']);
});

test('without a terminal no progress is written', () => {
  const { stream, written } = terminal(false);
  progressOn(stream)(1, 2);
  expect(written).toEqual([]);
});
