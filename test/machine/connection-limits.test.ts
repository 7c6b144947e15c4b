import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { limitConnections } from '../../src/machine/connection-limits.js';
import { until } from '../support/until.js';

const ADDRESS = '127.0.0.1';
const TOTAL_LIMIT = 512;
const LIFETIME_MS = 15_000;

describe('connections to our server', () => {
  let server: Server;
  let clients: Socket[];
  beforeEach(async () => {
    clients = [];
    server = createServer().listen(0, ADDRESS);
    await once(server, 'listening');
    limitConnections(server, server.address() as AddressInfo);
  });
  afterEach(() => {
    jest.useRealTimers();
    for (const client of clients) client.destroy();
    server.close();
  });

  async function open(): Promise<{ readonly client: Socket; readonly accepted: Socket }> {
    const client = connect((server.address() as AddressInfo).port, ADDRESS);
    client.on('error', () => undefined);
    clients.push(client);
    const [[accepted]] = (await Promise.all([once(server, 'connection'), once(client, 'connect')])) as [
      [Socket],
      unknown,
    ];
    accepted.on('error', () => undefined);
    return { client, accepted };
  }

  test('the oldest are closed above the limit, also those of our own user, and the newest gets its answer', async () => {
    let ended = 0;
    for (let count = 0; count < TOTAL_LIMIT + 88; count += 1) {
      const { client } = await open();
      client.on('close', () => (ended += 1)).resume();
    }
    await until(() => ended === 88);
    const { client, accepted } = await open();
    accepted.end('answer');
    expect(String(await once(client, 'data'))).toBe('answer');
  });

  test.each([
    { what: 'sends nothing', answer: '' },
    // More than the buffers of both ends hold.
    { what: 'does not read its answer', answer: 'x'.repeat(64 * 1024 * 1024) },
  ])('a client that $what is disconnected after the lifetime', async ({ answer }) => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'hrtime'] });
    const { client, accepted } = await open();
    client.pause();
    if (answer !== '') accepted.end(answer);
    jest.advanceTimersByTime(LIFETIME_MS - 1);
    expect(accepted.destroyed).toBe(false);
    jest.advanceTimersByTime(1);
    await once(accepted, 'close');
    expect(accepted.destroyed).toBe(true);
  });
});
