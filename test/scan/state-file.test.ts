import { expect, test } from '@jest/globals';
import { parseStateFile } from '../../src/scan/root-files.js';
import { PRIVATE } from '../builders/evidence.js';

const URL_LINE = 'http://127.0.0.1:9401';

test.each([
  ['four lines', `${URL_LINE}\n9401\ntoken\n4711\n`, { port: 9401, key: 'token', pid: 4711 }],
  [
    'a file without token, with the PID in its place',
    `${URL_LINE}\n9401\n4711\n`,
    { port: 9401, key: null, pid: 4711 },
  ],
  ['a file without PID', `${URL_LINE}\n9401\ntoken\n`, { port: 9401, key: 'token', pid: null }],
  [
    'a file of this implementation, with an id and no PID',
    `${URL_LINE}\n9401\n${'f'.repeat(32)}\n`,
    { port: 9401, key: 'f'.repeat(32), pid: null },
  ],
  ['two lines', `${URL_LINE}\n9401\n`, { port: 9401, key: null, pid: null }],
  ['empty lines between', `\n${URL_LINE}\n\n9401\r\n\ntoken\n4711`, { port: 9401, key: 'token', pid: 4711 }],
])('reads %s', (_name, text, expected) => {
  expect(parseStateFile(text, PRIVATE)).toEqual({ kind: 'read', access: PRIVATE, ...expected });
});

test.each([
  ['nothing', ''],
  ['one line', URL_LINE],
  ['five lines', `${URL_LINE}\n9401\ntoken\n4711\nmore`],
  ['a port that is not a number', `${URL_LINE}\nninety\ntoken\n4711`],
  ['a port out of bounds', 'http://127.0.0.1:99999\n99999\ntoken\n4711'],
  ['two different ports', `${URL_LINE}\n9402\ntoken\n4711`],
  ['a PID that is not a number', `${URL_LINE}\n9401\ntoken\nPID`],
  ['PID 0', `${URL_LINE}\n9401\ntoken\n0`],
  ['a negative PID (a process group)', `${URL_LINE}\n9401\ntoken\n-4711`],
  ['a PID in another notation', `${URL_LINE}\n9401\ntoken\n0x10`],
  ['binary data', '\u0000\u0001\u0002\n\u0003'],
])('calls %s malformed', (_name, text) => {
  expect(parseStateFile(text, PRIVATE).kind).toBe('malformed');
});
