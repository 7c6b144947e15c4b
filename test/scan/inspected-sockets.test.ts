import { expect, test } from '@jest/globals';
import { indexAddresses, limitInspected } from '../../src/machine/collector.js';

const on = (port: number, address: string, isOwn = false) => ({ port, address, isOwn });
type Socket = ReturnType<typeof on>;
const isOwn = (socket: Socket): boolean => socket.isOwn;
/** Sockets on addresses of 127.1/16, which do not keep a daemon from a port. */
const harmlessOn = (port: number, count: number): readonly Socket[] =>
  Array.from({ length: count }, (_, index) => on(port, `127.1.${Math.floor(index / 250)}.${index % 250}`));

test('an IPv4-mapped IPv6 address counts as the IPv4 address', () => {
  const addresses = indexAddresses([
    on(9401, '127.0.0.1'),
    on(9401, '::ffff:127.0.0.1'),
    on(9402, '127.0.0.1'),
  ]);
  expect(addresses.countAt(on(9401, '127.0.0.1'))).toBe(2);
  expect(addresses.countAt(on(9402, '127.0.0.1'))).toBe(1);
  expect([addresses.isBound(on(9402, '127.0.0.1')), addresses.isBound(on(9402, '127.0.0.2'))]).toEqual([
    true,
    false,
  ]);
});

test('inspects all of our own sockets and up to two hundred of other users', () => {
  const own = Array.from({ length: 1000 }, (_, index) => on(9400, `127.2.0.${index}`, true));
  const { sockets, uninspected } = limitInspected([...harmlessOn(9400, 200), ...own], isOwn);
  expect({ all: sockets.length, first: sockets[0], uninspected }).toEqual({
    all: 1200,
    first: own[0],
    uninspected: 0,
  });
});

test('above that inspects at least one socket of each port, first those that block our daemons', () => {
  const ports = Array.from({ length: 50 }, (_, index) => 9400 + index);
  const own = on(9410, '127.0.0.1', true);
  const blocking = ports.map((port) => on(port, '0.0.0.0'));
  const { sockets, uninspected } = limitInspected([...harmlessOn(9400, 20_000), own, ...blocking], isOwn);
  expect(sockets.slice(0, 51)).toEqual([own, ...blocking]);
  expect({ looked: sockets.length, uninspected }).toEqual({ looked: 201, uninspected: 20_050 - 200 });

  const elsewhere = ports.flatMap((port) => harmlessOn(port, 100));
  const looked = limitInspected(elsewhere, isOwn).sockets.map(({ port }) => port);
  expect(new Set(looked)).toEqual(new Set(ports));
});

test.each([10_000, 20_000])('examines each of %i sockets a fixed number of times', (count) => {
  let looks = 0;
  const sockets = harmlessOn(9400, count).map((socket) =>
    Object.defineProperty({ ...socket }, 'address', { get: () => ((looks += 1), socket.address) }),
  );
  const addresses = indexAddresses(sockets);
  limitInspected(sockets, isOwn);
  for (const socket of sockets) addresses.countAt(socket);
  expect(looks / count).toBeLessThanOrEqual(6);
});
