import { expect, test } from '@jest/globals';
import { mayBeQueued } from '../../src/machine/linux/other-end.js';

/*
 * Rows of sockets without an inode. An MPTCP socket that another user has closed while it had something to send has such
 * a row, and an answer that was written in advance.
 */
test.each([
  ['waits in a queue if it is connected and has sent nothing', '01', true, true],
  ['waits in a queue if the queue was full', '03', true, true],
  ['was closed if it has something to send', '01', false, false],
  ['was closed if it is closing', '04', true, false],
])('a socket that no process has open %s', (_what, state, isSent, expected) => {
  expect(mayBeQueued({ state, isSent })).toBe(expected);
});
