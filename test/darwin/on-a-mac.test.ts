import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { DoctorReport } from '../../src/report/report.js';
import { libSystem, type LibSystem } from '../../src/machine/darwin/libsystem.js';
import { describeIf } from '../support/requires.js';

/*
 * The only tests that run on a real Mac: in the workflow, on a machine that is thrown away. There is no private network
 * on a Mac, so they use the sync ports of the machine itself. They keep what the kernel answered in `test-artefacts`,
 * which the workflow uploads: the bytes are to become fixtures of the decoders.
 */

const isMacOfWorkflow = {
  met: process.platform === 'darwin' && process.env['GITHUB_ACTIONS'] === 'true',
  missing: 'no Mac of a workflow, which is thrown away',
};

const KEPT = resolve('test-artefacts/macos');
const PYTHON_FIXTURES = resolve('test/fixtures/python');

describeIf([isMacOfWorkflow], 'a real Mac', () => {
  let home: string;
  let root: string;
  const started: ChildProcess[] = [];
  beforeEach(() => {
    mkdirSync(KEPT, { recursive: true });
    home = mkdtempSync(join(realpathSync(tmpdir()), 'spec-kitty-mac-'));
    root = join(home, '.spec-kitty');
    mkdirSync(root);
  });
  afterEach(() => {
    for (const child of started.splice(0)) child.kill('SIGKILL');
    rmSync(home, { recursive: true });
  });

  /** Starts an imitated daemon of release 3.2.3. Resolves when it listens. */
  const startDaemon = async (port: number, behaviour: Readonly<Record<string, string>> = {}) => {
    const script = `import os\nos.environ["SPEC_KITTY_SYNC_MINIMAL_IMPORT"] = "1"\nfrom specify_cli.sync.daemon import run_sync_daemon\nrun_sync_daemon(${port}, '${'d'.repeat(32)}')\n`;
    const markers = [`--spec-kitty-daemon-root=${root}`, '--spec-kitty-daemon-exec=/usr/bin/python3'];
    const child = spawn('python3', ['-c', script, ...markers], {
      env: {
        ...{
          PATH: process.env['PATH'],
          HOME: home,
          PYTHONPATH: PYTHON_FIXTURES,
          PYTHONDONTWRITEBYTECODE: '1',
        },
        ...{ FIXTURE_VERSION: '3.2.3', FIXTURE_GENERATION: 'shared-owner', ...behaviour },
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    started.push(child);
    await once(child.stdout, 'data');
    return child;
  };

  const doctor = (name: string, words: readonly string[], env: Readonly<Record<string, string>> = {}) => {
    const { stdout, stderr } = spawnSync(
      process.execPath,
      ['dist/bin.cjs', 'auth', 'doctor', '--json', ...words],
      {
        env: { PATH: process.env['PATH'], HOME: home, ...env },
        encoding: 'utf8',
      },
    );
    writeFileSync(join(KEPT, `${name}.json`), stdout);
    expect(stderr).toBe('');
    return JSON.parse(stdout) as DoctorReport;
  };

  test('what its kernel answers about this process is kept', async () => {
    const library = libSystem();
    if (!library.ok) throw new Error(library.why);
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    for (const [name, read] of Object.entries(answersOf(library.value))) {
      const buffer = Buffer.alloc(1024 * 1024);
      const filled = read(buffer);
      writeFileSync(
        join(KEPT, typeof filled === 'number' ? `${name}.bin` : `${name}.error`),
        typeof filled === 'number' ? buffer.subarray(0, filled) : filled,
      );
    }
    server.close();
    const release = spawnSync('sw_vers', { encoding: 'utf8' }).stdout;
    writeFileSync(join(KEPT, 'about.txt'), `${release}${process.arch} ${process.version}\n`);
  });

  test('an orphan is proven, and a reset does nothing until acting is switched on', async () => {
    const daemon = await startDaemon(9401);
    const report = doctor('off', ['--reset']);
    expect(report.scope.collector).toBe('libproc');
    expect(report.candidates).toMatchObject([{ pid: daemon.pid, cleanup_class: 'safe_auto' }]);
    expect(report.failed).toMatchObject([{ failure_reason: 'not_switched_on' }]);
    expect(daemon.exitCode).toBeNull();
  });

  test('a reset asks, and signals what refuses', async () => {
    const willing = await startDaemon(9401);
    const stubborn = await startDaemon(9402, { FIXTURE_REFUSES_SHUTDOWN: '1', FIXTURE_IGNORES_TERM: '1' });
    const report = doctor('on', ['--reset'], { SPEC_KITTY_EXPERIMENTAL_MACOS: '1' });
    expect(report.swept).toMatchObject([
      { pid: willing.pid, cleanup_path: 'http_shutdown' },
      { pid: stubborn.pid, cleanup_path: 'kill' },
    ]);
  });
});

/** Each answer, by the name of the file that keeps it. */
function answersOf(library: LibSystem): Readonly<Record<string, (buffer: Buffer) => number | string>> {
  const { pid, ppid } = process;
  const sockets = (buffer: Buffer): readonly number[] => {
    const filled = library.pidInfo(pid, 1, buffer);
    const count = typeof filled === 'number' ? filled / 8 : 0;
    const rows = Array.from({ length: count }, (_, index) => index * 8);
    return rows.filter((at) => buffer.readUInt32LE(at + 4) === 2).map((at) => buffer.readInt32LE(at));
  };
  return {
    'tcp-list': (buffer) => library.sysctlByName('net.inet.tcp.pcblist_n', buffer),
    arguments: (buffer) => library.sysctl([1, 49, pid], buffer),
    descriptors: (buffer) => library.pidInfo(pid, 1, buffer),
    'last-socket': (buffer) => library.pidFdInfo(pid, sockets(buffer).at(-1) ?? -1, 3, buffer),
    memory: (buffer) => library.pidInfo(pid, 4, buffer),
    paths: (buffer) => library.pidInfo(pid, 9, buffer),
    incarnation: (buffer) => library.pidInfo(pid, 17, buffer),
    process: (buffer) => library.pidInfo(pid, 18, buffer),
    'parent-process': (buffer) => library.pidInfo(ppid, 18, buffer),
    'first-process': (buffer) => library.pidInfo(1, 18, buffer),
  };
}
