import { describe, expect, test } from '@jest/globals';
import { identifyListener } from '../../src/identity/identify.js';
import { parseSpawnShape } from '../../src/model/spawn-command.js';
import { describe as describeRow } from '../../src/machine/portable/processes.js';
import type { ProcessRow } from '../../src/machine/portable/system-information.js';
import { aListener, aProcess, aScan, FLATTENED_SOCKET, markedArgv, PYTHON } from '../builders/evidence.js';

/** The row that systeminformation makes of a `ps` line, without line breaks and argument boundaries. */
function rowOf(argv: readonly string[], changes: Partial<ProcessRow> = {}): ProcessRow {
  const [program = '', ...rest] = argv;
  const at = program.lastIndexOf('/');
  return {
    pid: 4001,
    parentPid: 1,
    memRss: 8196,
    started: '2026-11-23 06:42:30',
    path: program.slice(0, Math.max(at, 0)),
    command: program.slice(at + 1),
    params: rest.join(' ').replaceAll('\n', ' '),
    ...changes,
  };
}

const UNIX = { isWindows: false, minutesBehind: 0 };

describe('a flattened command line', () => {
  test('of a daemon is a single element and has no production spawn shape (pitfall 37)', () => {
    const { argv } = describeRow(rowOf(markedArgv()), UNIX);
    expect(argv).toMatchObject({ ok: true, value: { exact: false } });
    expect(argv.ok && argv.value.elements).toHaveLength(1);
    expect(argv.ok && parseSpawnShape('sync', argv.value)).toBe(null);
  });

  test('is the same for two different command lines', () => {
    const one = describeRow(rowOf(['/usr/bin/python3', '-c', 'a b', 'c']), UNIX);
    const other = describeRow(rowOf(['/usr/bin/python3', '-c', 'a', 'b c']), UNIX);
    expect(one.argv).toEqual(other.argv);
  });

  test('gives no fact that safe_auto needs, even if the health answer is right', () => {
    const process = describeRow(rowOf(markedArgv()), UNIX);
    const evidence = aListener({
      socket: FLATTENED_SOCKET,
      holder: { kind: 'described', process, why: 'flattened' },
    });
    const { shape, facts: vector, identity, proofs } = identifyListener(evidence, aScan([evidence]));
    expect(vector).toMatchObject({
      listener_pid: 'known',
      owner_user: 'unknown',
      spawn_shape: 'unreadable',
      root_marker: 'unreadable',
      self_report: 'missing',
    });
    expect({ shape, pid: identity.pid, source: identity.identitySource }).toEqual({
      shape: null,
      pid: 4001,
      source: 'none',
    });
    expect(proofs.filter(({ exact }) => !exact).map(({ fact }) => fact)).toEqual([
      'port_range',
      'listener_pid',
      'owner_user',
      'spawn_shape',
      'root_marker',
      'executable',
      'root_exists',
    ]);
  });

  test('gives no such fact even if it is marked exact by mistake', () => {
    const evidence = aListener({
      socket: FLATTENED_SOCKET,
      holder: { kind: 'described', process: aProcess(), why: 'flattened' },
    });
    expect(identifyListener(evidence, aScan([evidence])).facts).toMatchObject({
      owner_user: 'unknown',
      self_report: 'missing',
    });
  });
});

test('reports the resources of a process, and an error where the list has no value', () => {
  expect(describeRow(rowOf([PYTHON]), UNIX)).toMatchObject({
    executable: { value: PYTHON },
    residentBytes: { value: 8196 * 1024 },
    cpuSeconds: { ok: false },
    parentPid: 1,
  });
  const odd = rowOf(['python3'], { memRss: null, parentPid: null, started: '' });
  expect(describeRow(odd, UNIX)).toMatchObject({
    executable: { value: 'python3' },
    residentBytes: { ok: false },
    parentPid: null,
    startedAt: { ok: false },
  });
});

test('shows no argument as part of the executable, because the package guesses where its name ends', () => {
  // If no argument has a dash or a slash, the package takes the whole line for the name.
  const guessed = rowOf([], { path: '', command: 'python3 serve.py hunter2' });
  expect(describeRow(guessed, UNIX).executable).toEqual({ ok: true, value: 'python3' });
});

test('on Windows the executable is known, and the arguments are still flattened', () => {
  const row = rowOf([], {
    path: String.raw`C:\Program Files\Python\python.exe`,
    command: String.raw`"C:\Program Files\Python\python.exe" -c "import os"`,
  });
  expect(describeRow(row, { ...UNIX, isWindows: true })).toMatchObject({
    executable: { value: row.path },
    argv: { value: { elements: [row.command], exact: false } },
  });
});

test.each([
  ['UTC', 0, '2026-07-01T06:42:30.000Z'],
  // In July New York was four hours behind UTC. In November the package computes with five.
  ['New York in November', 300, '2026-07-01T11:42:30.000Z'],
  ['Kiritimati', -840, '2026-06-30T16:42:30.000Z'],
])(
  'reads a start time with the offset that the package used: %s (pitfall 37)',
  (_place, minutesBehind, expected) => {
    const row = rowOf([PYTHON], { started: '2026-07-01 06:42:30' });
    expect(describeRow(row, { ...UNIX, minutesBehind }).startedAt).toEqual({ ok: true, value: expected });
  },
);
