import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe as describeRow } from '../../src/machine/portable/processes.js';
import { socketsFrom } from '../../src/machine/portable/sockets.js';
import type { ConnectionRow, ProcessRow } from '../../src/machine/portable/system-information.js';
import { SYSTEM_PATH } from '../support/requirements.js';

/** The calls of systeminformation whose results differ between systems. */
interface Calls {
  readonly networkConnections: readonly ConnectionRow[];
  readonly processes: { readonly list: readonly ProcessRow[] };
}

const RECORDED = resolve('test/recorded/synthetic');
const AS = resolve('test/support/systeminformation-as.mjs');
/** The PID of the collector and its reference listener in the recordings. */
const OWN_PID = 900;
const REFERENCE = { address: '127.0.0.1', port: 49_152 };

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'spec-kitty-tools-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe.each([
  // In lines without `process:pid` the package misreads the colons of an IPv6 address.
  { platform: 'darwin', tool: 'netstat', recording: 'macos-13-netstat.txt', pidOnIpv6: null },
  { platform: 'darwin', tool: 'netstat', recording: 'macos-15-netstat.txt', pidOnIpv6: 4003 },
  // On Windows the package runs its tools through cmd.exe.
  { platform: 'win32', tool: 'cmd.exe', recording: 'windows-netstat.txt', pidOnIpv6: 4003 },
] as const)('$platform, from $recording', ({ platform, tool, recording, pidOnIpv6 }) => {
  test('lists every listener of the range with address and process, and no connections or UDP sockets', () => {
    const rows = call(platform, 'networkConnections', { [tool]: recording });
    const found = socketsFrom(rows, REFERENCE, OWN_PID, inRange);
    if (!found.ok) throw new Error(found.why);
    expect(
      found.value.map(({ address, port, pid }) => ({ address, port, pid: pid.ok ? pid.value : null })),
    ).toEqual([
      { address: '127.0.0.1', port: 9401, pid: 4001 },
      { address: '::', port: 9402, pid: 4002 },
      { address: '::1', port: 9403, pid: pidOnIpv6 },
      { address: '0.0.0.0', port: 9404, pid: 4004 },
    ]);
  });

  test('a tool that prints nothing is an error, not an empty list (pitfall 29)', () => {
    const rows = call(platform, 'networkConnections', { [tool]: '/dev/null' });
    expect(socketsFrom(rows, REFERENCE, OWN_PID, inRange)).toEqual({
      ok: false,
      why: expect.stringContaining('does not show a test listener that this command opened'),
    });
  });
});

test('darwin: describes a process; its command line is a single, inexact element', () => {
  const { list } = call('darwin', 'processes', {
    ps: 'macos-ps.txt',
    netstat: '/dev/null',
    sysctl: '/dev/null',
  });
  const row = list.find(({ pid }) => pid === 4001);
  if (!row) throw new Error(`no such row in ${JSON.stringify(list)}`);
  const { argv, executable, residentBytes, parentPid } = describeRow(row, {
    isWindows: false,
    minutesBehind: 0,
  });
  expect({ argv, executable, residentBytes, parentPid }).toMatchObject({
    argv: { ok: true, value: { exact: false, elements: [expect.stringContaining('run_sync_daemon(9401')] } },
    executable: { ok: true, value: '/usr/bin/python3' },
    residentBytes: { ok: true, value: 10_940 * 1024 },
    parentPid: 1,
  });
});

test('win32: describes a process from a row of the package', () => {
  const row: ProcessRow = {
    pid: 4001,
    parentPid: 1,
    memRss: 10_940,
    started: '2026-11-23 06:42:30',
    command: '"C:\\Program Files\\Python\\python.exe" -c "run_sync_daemon(9401, \'token\')"',
    params: '',
    path: 'C:\\Program Files\\Python\\python.exe',
  };
  expect(describeRow(row, { isWindows: true, minutesBehind: 0 })).toMatchObject({
    argv: { ok: true, value: { exact: false, elements: [row.command] } },
    executable: { ok: true, value: row.path },
  });
});

/** Runs the package with these tools first in PATH; each prints a recording. */
function call<Name extends keyof Calls>(
  platform: 'darwin' | 'win32',
  name: Name,
  tools: Readonly<Record<string, string>>,
): Calls[Name] {
  for (const [tool, recording] of Object.entries(tools))
    writeFileSync(join(folder, tool), `#!/bin/sh\nexec cat '${resolve(RECORDED, recording)}'\n`, {
      mode: 0o755,
    });
  const text = execFileSync(process.execPath, [AS, platform, name], {
    env: { PATH: `${folder}:${SYSTEM_PATH}`, TZ: 'UTC' },
    encoding: 'utf8',
  });
  return JSON.parse(text) as Calls[Name];
}

function inRange(port: number): boolean {
  return port >= 9400 && port < 9450;
}
