import { expect, test } from '@jest/globals';
import { placesOf, withinBounds } from '../../src/machine/collector.js';

const on = (port: number, address: string, isOwn = false) => ({ port, address, isOwn });
type Socket = ReturnType<typeof on>;
const isOwn = (socket: Socket): boolean => socket.isOwn;
/** So many addresses of 127.1/16, which keep nobody from a port. */
const crowdOn = (port: number, count: number): readonly Socket[] =>
  Array.from({ length: count }, (_, index) => on(port, `127.1.${Math.floor(index / 250)}.${index % 250}`));

test('a place is shared in whichever form its address is written', () => {
  const places = placesOf([on(9401, '127.0.0.1'), on(9401, '::ffff:127.0.0.1'), on(9402, '127.0.0.1')]);
  expect(places.sharersOf(on(9401, '127.0.0.1'))).toBe(2);
  expect(places.sharersOf(on(9402, '127.0.0.1'))).toBe(1);
  expect([places.isTaken(on(9402, '127.0.0.1')), places.isTaken(on(9402, '127.0.0.2'))]).toEqual([
    true,
    false,
  ]);
});

test('up to two hundred of others are all looked at, and any number of ours', () => {
  const own = Array.from({ length: 1000 }, (_, index) => on(9400, `127.2.0.${index}`, true));
  const { sockets, further } = withinBounds([...crowdOn(9400, 200), ...own], isOwn);
  expect({ all: sockets.length, first: sockets[0], further }).toEqual({
    all: 1200,
    first: own[0],
    further: 0,
  });
});

test('of more than that each port keeps one, and what is in our way comes first', () => {
  const ports = Array.from({ length: 50 }, (_, index) => 9400 + index);
  const own = on(9410, '127.0.0.1', true);
  const inOurWay = ports.map((port) => on(port, '0.0.0.0'));
  const { sockets, further } = withinBounds([...crowdOn(9400, 20_000), own, ...inOurWay], isOwn);
  expect(sockets.slice(0, 51)).toEqual([own, ...inOurWay]);
  expect({ looked: sockets.length, further }).toEqual({ looked: 201, further: 20_050 - 200 });

  const elsewhere = ports.flatMap((port) => crowdOn(port, 100));
  const looked = withinBounds(elsewhere, isOwn).sockets.map(({ port }) => port);
  expect(new Set(looked)).toEqual(new Set(ports));
});

test.each([10_000, 20_000])('each of %i sockets is looked at a fixed number of times', (count) => {
  let looks = 0;
  const sockets = crowdOn(9400, count).map((socket) =>
    Object.defineProperty({ ...socket }, 'address', { get: () => ((looks += 1), socket.address) }),
  );
  const places = placesOf(sockets);
  withinBounds(sockets, isOwn);
  for (const socket of sockets) places.sharersOf(socket);
  expect(looks / count).toBeLessThanOrEqual(6);
});
