import { describe, expect, test } from '@jest/globals';
import { connect } from 'node:net';
import { once } from 'node:events';
import { openReferenceListener, socketsFrom } from '../../src/machine/portable/sockets.js';
import type { ConnectionRow } from '../../src/machine/portable/system-information.js';

const row = (
  protocol: string,
  localAddress: string,
  localPort: number,
  changes: Partial<ConnectionRow> = {},
): ConnectionRow => ({
  protocol,
  localAddress,
  localPort: String(localPort),
  state: 'LISTEN',
  pid: 77,
  ...changes,
});

const REFERENCE = { address: '127.0.0.1', port: 40_001 };
const shown = row('tcp', '127.0.0.1', 40_001, { pid: 900 });
const sockets = (...rows: ConnectionRow[]) => socketsFrom(rows, REFERENCE, 900, (port) => port >= 9400);

describe('the reference listener', () => {
  test('must be listed, and is left out of the result', () => {
    expect(sockets(shown)).toEqual({ ok: true, value: [] });
  });

  test.each<readonly [string, readonly ConnectionRow[]]>([
    ['nothing, as without `ss` and `netstat`', []],
    ['other listeners only', [row('tcp', '127.0.0.1', 9401)]],
    ['its port on another address', [row('tcp', '127.0.0.2', 40_001, { pid: 900 })]],
    ['a connection with its address', [{ ...shown, state: 'ESTABLISHED' }]],
    ['its state in another language', [{ ...shown, state: 'EN ESCUCHA' }]],
  ])('a list with %s is an error (pitfall 29)', (_name, rows) => {
    expect(sockets(...rows)).toEqual({ ok: false, why: expect.stringContaining('`netstat`') });
  });

  test.each([null, Number.NaN, 901])('listed with PID %s instead of ours, no PID is used', (pid) => {
    expect(sockets({ ...shown, pid }, row('tcp', '127.0.0.1', 9401))).toMatchObject({
      value: [{ port: 9401, pid: { ok: false } }],
    });
  });

  test('listens on 127.0.0.1, closes every connection, and can be closed', async () => {
    const reference = await openReferenceListener();
    if (!reference.ok) throw new Error(reference.why);
    const { address, port } = reference.value;
    expect(address).toBe('127.0.0.1');
    const caller = connect(port, address);
    await once(caller, 'close');
    reference.value.close();
    const late = connect(port, address);
    await expect(once(late, 'connect')).rejects.toThrow('ECONNREFUSED');
  });
});

test.each<readonly [string, ConnectionRow, string]>([
  ['netstat', row('tcp', '127.0.0.2', 9401), '127.0.0.2'],
  ['netstat', row('tcp6', '::1', 9401), '::1'],
  ['netstat', row('tcp6', '::', 9401), '::'],
  ['netstat, which leaves out the prefix', row('tcp6', '127.0.0.1', 9401), '::ffff:127.0.0.1'],
  ['ss', row('tcp', '[::1]', 9401), '::1'],
  ['ss, both families', row('tcp', '*', 9401), '::'],
  ['ss', row('tcp', '[::ffff:127.0.0.1]', 9401), '::ffff:127.0.0.1'],
  ['ss with an interface', row('tcp', '[fe80::1]%eth0', 9401), 'fe80::1'],
  ['macOS', row('tcp4', '*', 9401), '0.0.0.0'],
  ['macOS', row('tcp46', '*', 9401), '::'],
  ['macOS with an interface', row('tcp6', 'fe80::1%lo0', 9401), 'fe80::1'],
  ['Windows', row('tcp', '0.0.0.0', 9401), '0.0.0.0'],
])('reads an address of %s', (_tool, given, address) => {
  expect(sockets(shown, given)).toEqual({
    ok: true,
    value: [{ address, port: 9401, pid: { ok: true, value: 77 } }],
  });
});

test('lists only listening TCP sockets on wanted ports, also those without a process', () => {
  const found = sockets(
    shown,
    row('udp', '127.0.0.1', 9402),
    row('tcp', '127.0.0.1', 9403, { state: 'TIME_WAIT' }),
    row('tcp', '127.0.0.1', 80),
    row('tcp', '127.0.0.1', 9404, { pid: null }),
    row('tcp', '127.0.0.1', 9405, { pid: 0 }),
  );
  expect(found).toMatchObject({
    ok: true,
    value: [
      { port: 9404, pid: { ok: false } },
      { port: 9405, pid: { ok: false } },
    ],
  });
});
