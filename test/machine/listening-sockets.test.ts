import { expect, test } from '@jest/globals';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { listListeningSockets, parseTable } from '../../src/machine/linux/sockets.js';

const HEAD =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
const rest = '00000000:00000000 00:00000000 00000000';

test('reads addresses, ports, users and inodes of listening sockets only', () => {
  const table = `${HEAD}   0: 0100007F:24B9 00000000:0000 0A ${rest}  1000        0 3114 1 0000 100 0 0 10 0
   1: 0100007F:24BA 0100007F:C000 01 ${rest}  1000        0 3115 1 0000 100 0 0 10 0
   2: 00000000:24BB 00000000:0000 0A ${rest}     0        0 3116 1 0000 100 0 0 10 0
   3: 0100007F:0050 00000000:0000 0A ${rest}     0        0 3117 1 0000 100 0 0 10 0\n`;
  expect(parseTable(table, (port) => port > 9000)).toEqual([
    { address: '127.0.0.1', port: 9401, uid: 1000, id: '3114' },
    { address: '0.0.0.0', port: 9403, uid: 0, id: '3116' },
  ]);
});

test('returns a socket once that the kernel printed twice', () => {
  const line = `   0: 0100007F:24B9 00000000:0000 0A ${rest}  1000        0 3114 1\n`;
  expect(parseTable(HEAD + line + line, () => true)).toHaveLength(1);
});

test('ignores a row that is cut off, because its inode would be another one', () => {
  const line = `   0: 0100007F:24B9 00000000:0000 0A ${rest}  1000        0 3114 1\n`;
  const cut = `   1: 0100007F:24BA 00000000:0000 0A ${rest}  1000        0 31`;
  expect(parseTable(HEAD + line + cut, () => true)).toMatchObject([{ id: '3114' }]);
});

test.each([
  ['00000000000000000000000001000000', '::1'],
  ['00000000000000000000000000000000', '::'],
  ['0000000000000000FFFF00000100007F', '::ffff:127.0.0.1'],
  ['B80D0120000000000000000001000000', '2001:db8::1'],
])('reads the IPv6 address %s', (hex, address) => {
  const table = `${HEAD}   0: ${hex}:24B9 0:0 0A ${rest}  1000        0 3114 1\n`;
  expect(parseTable(table, () => true)).toMatchObject([{ address }]);
});

test.each([1000, 2000])('examines each of %i rows once', (count) => {
  const rows = Array.from(
    { length: count },
    (_, index) => `${index}: 0100007F:24B9 00000000:0000 0A ${rest}  1000        0 ${index + 1} 1\n`,
  );
  let looks = 0;
  const sockets = parseTable(HEAD + rows.join(''), () => ++looks > 0);
  expect({ looks, sockets: sockets.length }).toEqual({ looks: count, sockets: count });
});

test('finds a socket of our own in the live tables', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const bound = server.address();
  const port = typeof bound === 'object' && bound ? bound.port : 0;
  const sockets = await listListeningSockets((other) => other === port);
  server.close();
  expect(sockets).toMatchObject({
    ok: true,
    value: [{ address: '127.0.0.1', port, uid: process.geteuid?.() }],
  });
});
