import type { Access, DirectoryResult, ListeningSocket, ProcessEvidence } from '../../src/model/evidence.js';
import { ok } from '../../src/model/result.js';
import type { IdentityRecordFile, RecordedSingleton } from '../../src/model/root.js';
import type { HealthBody, ListenerEvidence, RootEvidence, Scan } from '../../src/model/scan.js';

/** The evidence below is about an orphan: a 3.2.3 daemon of our root on port 9401, PID 4001, without a state file. */
export const TOKEN = '6af47b09366d7dea987a322a87b27000';
export const ROOT = '/home/me/.spec-kitty';
export const PYTHON = '/usr/bin/python3.11';

export function markedArgv(port = 9401, token: string | null = TOKEN, root = ROOT): string[] {
  const literal = token === null ? 'None' : `'${token}'`;
  return [
    '/usr/bin/python3',
    '-c',
    `import os\nos.environ["SPEC_KITTY_SYNC_MINIMAL_IMPORT"] = "1"\nfrom specify_cli.sync.daemon import run_sync_daemon\nrun_sync_daemon(${port}, ${literal})\n`,
    `--spec-kitty-daemon-root=${root}`,
    `--spec-kitty-daemon-exec=${PYTHON}`,
  ];
}

/** The same under a debugger, which adds two arguments: a command line of no release. */
export function debuggedArgv(port = 9401, token: string | null = TOKEN, root = ROOT): string[] {
  return markedArgv(port, token, root).toSpliced(1, 0, '-X', 'frozen_modules=off');
}

export function ownArgv(port = 9401, id = 'a'.repeat(32), root = ROOT): string[] {
  return [
    '/usr/bin/node',
    '/opt/spec-kitty/dist/sync-daemon.cjs',
    `--spec-kitty-daemon-root=${root}`,
    `--spec-kitty-daemon-port=${port}`,
    `--spec-kitty-daemon-id=${id}`,
  ];
}

/** The script that released programs pass to `python -c`, line for line. */
export function dashboardArgv(
  port = 9240,
  token: string | null = TOKEN,
  project = '/home/me/project',
): string[] {
  const literal = token === null ? 'None' : `'${token}'`;
  const script = [
    '',
    'import sys',
    'from pathlib import Path',
    "repo_root = Path('/opt/spec-kitty/src')",
    '# Always insert at position 0 to ensure correct spec-kitty version takes priority',
    '# over any other paths in PYTHONPATH or .pth files',
    'sys.path.insert(0, str(repo_root))',
    'from specify_cli.dashboard.server import run_dashboard_server',
    `run_dashboard_server(Path('${project}'), ${port}, ${literal})`,
    '',
  ];
  return ['/usr/bin/python3', '-c', script.join('\n')];
}

export function aProcess(changes: Partial<ProcessEvidence> = {}): ProcessEvidence {
  return {
    pid: 4001,
    parentPid: 1,
    incarnation: '1000',
    uid: 1000,
    argv: ok({ elements: markedArgv(), exact: true }),
    executable: ok(PYTHON),
    sharesOurFiles: ok(true),
    sharesOurPids: ok(true),
    residentBytes: ok(23_000_000),
    cpuSeconds: ok(1.5),
    startedAt: ok('2026-11-20T00:00:00.000Z'),
    ...changes,
  };
}

export function aHealthBody(changes: Partial<HealthBody> = {}): HealthBody {
  return {
    status: 'ok',
    token: TOKEN,
    protocolVersion: 1,
    packageVersion: '3.2.3',
    daemonFamily: null,
    singletonScopeId: null,
    hasProjectPath: false,
    projectPath: null,
    sync: { running: false },
    owner: {
      pid: 3906,
      port: 9404,
      packageVersion: '3.2.4',
      queueDbPath: '/home/me/.spec-kitty/queue.db',
      authScope: null,
      serverUrl: 'https://other.example',
    },
    proof: null,
    ...changes,
  };
}

/** Access rights of a root and its files: only their user may write. */
export const PRIVATE: Access = { owner: 1000, group: 1000, mode: 0o755 };

export function aDirectory(inode: string, device = '1', access = PRIVATE): DirectoryResult {
  return { kind: 'directory', device, inode, access };
}

export function aRoot(changes: Partial<RootEvidence> = {}): RootEvidence {
  return {
    path: ROOT,
    inOurTree: true,
    directory: aDirectory('42'),
    stateFile: { kind: 'absent' },
    recordedProcess: { kind: 'none' },
    ownerRecord: { kind: 'absent' },
    records: [],
    ...changes,
  };
}

/** The identity record of our own daemon on this machine: PID 77, port 9402. */
export function aRecord(changes: Partial<IdentityRecordFile> = {}): IdentityRecordFile {
  return {
    id: 'a'.repeat(32),
    pid: 77,
    incarnation: '5',
    bootId: 'b',
    machineId: 'm',
    networkNamespace: 'net:[1]',
    address: '127.0.0.1',
    port: 9402,
    root: ROOT,
    packageVersion: '3.3.0',
    queueDbPath: null,
    authScope: null,
    serverUrl: null,
    expectedProof: '',
    ...changes,
  };
}

/** The same socket from the portable collector. */
export const FLATTENED_SOCKET: ListeningSocket = { address: '127.0.0.1', port: 9401, id: null, uid: null };

export function aListener(changes: Partial<ListenerEvidence> = {}): ListenerEvidence {
  return {
    socket: { address: '127.0.0.1', port: 9401, id: '555', uid: 1000 },
    reachedAt: '127.0.0.1',
    holder: { kind: 'known', process: aProcess() },
    health: { kind: 'answered', body: aHealthBody() },
    roots: ok([aRoot()]),
    ...changes,
  };
}

export function aScan(listeners: readonly ListenerEvidence[], root: Partial<RootEvidence> = {}): Scan {
  return {
    family: 'sync',
    collector: 'procfs',
    context: {
      pid: 900,
      lineage: [900, 800, 1],
      uid: 1000,
      user: 'me',
      executable: '/usr/bin/node',
      packageVersion: '3.3.0',
      platform: 'linux',
      machine: { machineId: 'm', bootId: 'b', networkNamespace: 'net:[1]' },
      visibleProcesses: 'all',
    },
    challenge: 'c'.repeat(32),
    root: aRoot(root),
    recentActs: [],
    listeners: ok(listeners),
  };
}

export function stateFile(port: number, key: string | null, pid: number | null): RecordedSingleton {
  return { kind: 'read', access: PRIVATE, port, key, pid };
}
