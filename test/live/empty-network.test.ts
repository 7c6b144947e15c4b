import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DoctorReport } from '../../src/model/report.js';
import { describeIf, hasNetworkNamespace, hasPython, hasStrace, isRoot } from '../support/requires.js';
import { parseCalls } from '../support/strace.js';
import { createWorld, type World } from '../support/world.js';

const TABLES = ['"/proc/net/tcp"', '"/proc/net/tcp6"'];

/** As on a kernel that does not count: the product, which the shell becomes, sees copies of the tables and nothing else. */
const WITHOUT_COUNTS = [
  ...['unshare', '--mount', 'sh', '-ec'],
  'mkdir tables; cp /proc/net/tcp /proc/net/tcp6 tables; mount --bind tables /proc/$$/net; exec "$@"',
  'sh',
];

describeIf([hasNetworkNamespace, hasPython, hasStrace, isRoot], 'the tables of sockets', () => {
  let world: World;
  let log: string;
  beforeEach(async () => {
    world = await createWorld();
    log = join(world.folder, 'strace.log');
  });
  afterEach(() => world.close());

  test('are not asked for where the kernel counts no socket at all', async () => {
    expect(await portsSeen()).toEqual([]);
    expect(tablesRead()).toEqual([]);
  });

  test.each([
    { what: 'one IPv4 socket', port: 9401, address: '127.0.0.1' },
    { what: 'one IPv6 socket', port: 9402, address: '::1' },
    { what: 'an IPv4 address on an IPv6 socket', port: 9403, address: '::ffff:127.0.0.1' },
  ])('are, both, for $what', async ({ port, address }) => {
    await world.startPlainHttp(port, { address });
    expect(await portsSeen()).toEqual([port]);
    expect(tablesRead()).toEqual(TABLES);
  });

  test('are where the kernel does not count', async () => {
    expect(await portsSeen(WITHOUT_COUNTS)).toEqual([]);
    expect(tablesRead()).toEqual(TABLES);
  });

  async function portsSeen(under: readonly string[] = []): Promise<readonly number[]> {
    const strace = ['strace', '-f', '-qq', '-e', 'trace=openat', '-o', log];
    const { json } = await world.run(['auth', 'doctor', '--json'], { under: [...strace, ...under] });
    return (json() as DoctorReport).candidates.map(({ port }) => port);
  }

  function tablesRead(): readonly string[] {
    const calls = parseCalls(readFileSync(log, 'utf8'));
    return TABLES.filter((table) => calls.some(({ args }) => args.includes(table)));
  }
});
