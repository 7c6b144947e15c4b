import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DoctorReport } from '../../src/report/report.js';
import { describeIf, hasNetworkNamespace, hasPython, hasStrace, isRoot } from '../support/requires.js';
import { type Call, parseCalls } from '../support/strace.js';
import { createWorld, type World } from '../support/world.js';

const IPV4 = '/proc/net/tcp';
const IPV6 = '/proc/net/tcp6';

/** Simulates a kernel that does not count sockets: the product sees copies of the tables and no other file in /proc/net. */
const WITHOUT_COUNTS = [
  ...['unshare', '--mount', 'sh', '-ec'],
  'mkdir tables; cp /proc/net/tcp /proc/net/tcp6 tables; mount --bind tables /proc/$$/net; exec "$@"',
  'sh',
];

/** Simulates a sandbox that hides files by empty ones. */
const EMPTIED = [
  ...['unshare', '--mount', 'sh', '-ec'],
  'mkdir -p tables; touch tables/tcp tables/tcp6; mount --bind tables /proc/$$/net; exec "$@"',
  'sh',
];

/** Opens twenty connections that the product inherits. */
const WITH_CONNECTIONS = [
  ...['bash', '-ec'],
  'for port in {9401..9420}; do exec {end}<>/dev/tcp/127.0.0.1/$port; done; exec "$@"',
  'bash',
];

const LIST_REPEATEDLY = join(import.meta.dirname, '../support/list-repeatedly.mjs');

describeIf([hasNetworkNamespace, hasPython, hasStrace, isRoot], 'the socket tables of the kernel', () => {
  let world: World;
  let log: string;
  beforeEach(async () => {
    world = await createWorld();
    log = join(world.folder, 'strace.log');
  });
  afterEach(() => world.close());

  test('are not read if the kernel counts no socket', async () => {
    expect(await portsSeen()).toEqual([]);
    expect(tablesRead()).toEqual([]);
  });

  test.each([
    { what: 'one IPv4 socket', port: 9401, address: '127.0.0.1', table: IPV4 },
    { what: 'one IPv6 socket', port: 9402, address: '::1', table: IPV6 },
    { what: 'an IPv4 address on an IPv6 socket', port: 9403, address: '::ffff:127.0.0.1', table: IPV6 },
  ])('are read for $what only in the family that counts it', async ({ port, address, table }) => {
    await world.startPlainHttp(port, { address });
    expect(await portsSeen()).toEqual([port]);
    expect(tablesRead()).toEqual([table]);
  });

  test('are both read if the kernel does not count sockets', async () => {
    await world.startPlainHttp(9401);
    expect(await portsSeen(WITHOUT_COUNTS)).toEqual([9401]);
    expect(tablesRead()).toEqual([IPV4, IPV6]);
  });

  test('without a heading are a failed scan, not an empty range (pitfall 29)', async () => {
    await world.startPlainHttp(9401);
    const { code, json } = await world.run(['auth', 'doctor', '--json'], { under: EMPTIED });
    expect(code).toBe(2);
    const { scope, findings } = json() as DoctorReport;
    expect(scope.could_not_look).toMatch(/has no heading/);
    expect(findings).toMatchObject([{ id: 'could_not_look', remediation: { command: null } }]);
    expect(findings[0]?.remediation?.effect).toContain('/proc is mounted');
    const { stdout } = await world.run(['auth', 'doctor'], { under: EMPTIED });
    expect(stdout).toContain('9400 to 9449: unknown, because the scan failed');
    expect(stdout).not.toContain('free');
  });

  test('show every lasting listener while other sockets open and close', async () => {
    const ports = Array.from({ length: 10 }, (_, index) => 9400 + index);
    const { stdout } = await world.command([process.execPath, '--no-warnings', LIST_REPEATEDLY]);
    expect(JSON.parse(stdout)).toEqual([ports]);
  });

  test('are read to the end, over several pages, in any order of sockets', async () => {
    const ports = Array.from({ length: 50 }, (_, index) => 9400 + index);
    await world.startSilent(ports);
    expect(await portsSeen(WITH_CONNECTIONS)).toEqual(ports);
    // The heading, 50 listeners, and 40 ends of connections.
    expect(bytesRead() / 150).toBeGreaterThanOrEqual(91);
  });

  async function portsSeen(under: readonly string[] = []): Promise<readonly number[]> {
    const strace = ['strace', '-f', '-y', '-qq', '-e', 'trace=openat,read', '-o', log];
    const { json } = await world.run(['auth', 'doctor', '--json'], { under: [...strace, ...under] });
    return (json() as DoctorReport).candidates.map(({ port }) => port);
  }

  function tablesRead(): readonly string[] {
    return [IPV4, IPV6].filter((table) => calls().some(({ args }) => args.includes(`"${table}"`)));
  }

  /** Bytes read from the IPv4 table. */
  function bytesRead(): number {
    return calls()
      .filter(({ name, args }) => name === 'read' && args.includes('/net/tcp>'))
      .reduce((sum, { result }) => sum + Number(result), 0);
  }

  function calls(): readonly Call[] {
    return parseCalls(readFileSync(log, 'utf8'));
  }
});
