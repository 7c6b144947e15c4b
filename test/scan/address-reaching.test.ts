import { machine } from '../support/local-machine.js';
import { expect, test } from '@jest/globals';
import { addressReaching } from '../../src/scan/health.js';
import { indexAddresses } from '../../src/machine/collector.js';
import type { ListeningSocket } from '../../src/model/evidence.js';

const on = (address: string, id: string | null = null): ListeningSocket => ({
  address,
  port: 9401,
  id,
  uid: null,
});
const reaching = (address: string, ...others: readonly string[]): string | null => {
  const socket = on(address);
  return addressReaching(
    machine.observer,
    socket,
    indexAddresses([...others.map((other) => on(other)), socket]),
  );
};

test.each([
  ['127.0.0.1', [], '127.0.0.1'],
  ['127.0.0.2', ['127.0.0.1'], '127.0.0.2'],
  ['::ffff:127.0.0.1', [], '127.0.0.1'],
  ['::ffff:127.0.0.1', ['127.0.0.1'], null],
  ['127.0.0.1', ['::ffff:127.0.0.1'], null],
  ['0.0.0.0', ['::ffff:127.0.0.1'], '127.0.0.2'],
  ['0.0.0.0', ['127.0.0.1', '127.0.0.2'], '127.0.0.3'],
  ['::', [], '::1'],
  ['::', ['::1'], null],
] as const)('a socket on %s beside %j is probed at %s', (address, others, expected) => {
  expect(reaching(address, ...others)).toBe(expected);
});

test('sockets that share an address are not probed, also without inodes', () => {
  expect(reaching('127.0.0.1', '127.0.0.1')).toBe(null);
});

test.each([
  ['another machine', '192.0.2.1'],
  ['an IPv6 address that netstat truncated', '2001:db8:1111:2222'],
  ['an IPv6 address truncated to another valid one', 'fe80::1234:5678:9a'],
  ['a host name', 'localhost'],
])('%s is never probed, because another machine could answer (pitfall 32)', (_what, address) => {
  expect(reaching(address)).toBe(null);
});
