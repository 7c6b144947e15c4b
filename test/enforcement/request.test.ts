import { machine } from '../support/local-machine.js';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { requestOf } from '../../src/enforcement/request.js';
import { identifyListener } from '../../src/identity/identify.js';
import { ok } from '../../src/model/result.js';
import type { ListenerEvidence } from '../../src/model/scan.js';
import { aListener, aProcess, aScan, markedArgv, TOKEN } from '../builders/evidence.js';

let server: Server;
let port: number;
let received: string[];
beforeEach(async () => {
  received = [];
  server = createServer((socket) => {
    socket
      .on('error', () => undefined)
      .on('data', (bytes: Buffer) => {
        received.push(bytes.toString());
        socket.end('HTTP/1.0 200 OK\r\n\r\n{"status": "stopping"}');
      });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
});
afterEach(async () => {
  server.close();
  await once(server, 'close');
});

const startedFor = (ofPort: number, token: string | null = TOKEN): ListenerEvidence['holder'] => ({
  kind: 'known',
  process: aProcess({ argv: ok({ elements: markedArgv(ofPort, token), exact: true }) }),
});
const UID = process.geteuid?.() ?? 0;
const requestShutdown = (changes: Partial<ListenerEvidence>, uid = UID) => {
  const socket = { address: '127.0.0.1', port, id: '555', uid };
  const evidence = aListener({ socket, holder: startedFor(port), ...changes });
  return requestOf(machine, identifyListener(evidence, aScan([evidence])), 'shutdown');
};

test('a daemon is asked with the token of its own command line', async () => {
  expect(await requestShutdown({})).toEqual({ kind: 'accepted' });
  expect(received).toEqual([expect.stringContaining(`POST /api/shutdown HTTP/1.0\r\n`)]);
  expect(received.join()).toContain(`{"token":"${TOKEN}"}`);
});

test('nothing is sent to a socket of another user that received the connection', async () => {
  const accepted = once(server, 'connection');
  // The server has accepted the connection before its row is read.
  expect(await requestShutdown({}, UID + 1)).toMatchObject({ kind: 'not_sent' });
  await accepted;
  expect(received).toEqual([]);
});

test('a request to a port that is closed by now counts as not sent', async () => {
  server.close();
  await once(server, 'close');
  expect(await requestShutdown({})).toEqual({ kind: 'not_sent', why: 'no answer (ECONNREFUSED)' });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

test('a daemon that closes the connection without an answer may have received the request', async () => {
  server.removeAllListeners('connection').on('connection', (socket: Socket) => {
    socket.once('data', () => socket.resetAndDestroy());
  });
  expect(await requestShutdown({})).toMatchObject({ kind: 'no_answer' });
});

test.each<readonly [string, () => Partial<ListenerEvidence>]>([
  ['it was started for another port', () => ({ holder: startedFor(port === 9401 ? 9402 : 9401) })],
  ['it was given no token', () => ({ holder: startedFor(port, null) })],
  ['its process is unknown', () => ({ holder: { kind: 'unknown', why: 'x' } })],
  ['no address reaches only its socket', () => ({ reachedAt: null })],
  ['it did not answer', () => ({ health: { kind: 'silent', why: 'x' } })],
  ['something else answered', () => ({ health: { kind: 'foreign', why: 'x' } })],
])('no request is sent if %s (pitfall 15)', async (_what, changes) => {
  expect(await requestShutdown(changes())).toBeNull();
  expect(received).toEqual([]);
});
