import type { Argv, DirectoryResult } from '../model/evidence.js';
import type { DecidingVector } from '../model/policy-facts.js';
import { err, ok, type Result } from '../model/result.js';
import type { OwnerBlock, StateFile } from '../model/root.js';
import type { HealthAnswer, ListenerEvidence, RootEvidence, Scan, SocketOwner } from '../model/scan.js';

/**
 * Makes up a scan with one listener in the given state. `policy prove --witness` saves this scan, so that `auth doctor
 * --facts` shows a counterexample as if it were a real listener.
 */
export function scanOf(state: DecidingVector): Scan {
  const root: RootEvidence = { ...rootWith(OUR_DIRECTORY), stateFile: stateFileFor(state) };
  return {
    family: 'sync',
    collector: 'procfs',
    context: {
      pid: 900,
      lineage: [900, 1],
      uid: USER,
      user: 'witness',
      executable: '/usr/bin/node',
      packageVersion: '3.3.0',
      platform: 'linux',
      machine: { machineId: 'witness', bootId: 'witness', networkNamespace: 'net:[1]' },
    },
    challenge: 'witness',
    root,
    recentActs: [],
    listeners: ok([listenerFor(state)]),
  };
}

const USER = 1000;
const PID = 4001;
const ROOT = '/home/witness/.spec-kitty';
const TOKEN = 'witness';
const PORT_IN = { sync: 9401, dashboard: 9300, outside: 9500 } as const;
const UID_OF = { same: USER, other: USER + 1, unknown: null } as const;
const OUR_DIRECTORY: DirectoryResult = {
  kind: 'directory',
  device: '1',
  inode: '1',
  access: { owner: USER, group: USER, mode: 0o700 },
};
const MADE_UP = 'made up as an example';

function listenerFor(state: DecidingVector): ListenerEvidence {
  return {
    socket: {
      address: '127.0.0.1',
      port: PORT_IN[state.port_range],
      id: '1',
      uid: UID_OF[state.owner_user],
    },
    reachedAt: '127.0.0.1',
    holder: ownerFor(state),
    health: healthFor(state),
    roots: rootsFor(state),
  };
}

function ownerFor(state: DecidingVector): SocketOwner {
  switch (state.listener_pid) {
    case 'ambiguous':
      return { kind: 'ambiguous', why: MADE_UP, pids: [PID, PID + 1] };
    case 'unknown':
      return { kind: 'unknown', why: MADE_UP };
    case 'known':
      return {
        kind: 'known',
        process: {
          pid: PID,
          parentPid: 1,
          incarnation: '1',
          uid: UID_OF[state.owner_user] ?? USER,
          argv: argvFor(state),
          executable: ok('/usr/bin/python3'),
          sharesOurFiles: ok(true),
          sharesOurPids: ok(true),
          residentBytes: err(MADE_UP),
          cpuSeconds: err(MADE_UP),
          startedAt: err(MADE_UP),
        },
      };
  }
}

function argvFor({
  spawn_shape: shape,
  root_marker: marker,
  port_range: range,
}: DecidingVector): Result<Argv> {
  if (shape === 'unreadable') return err(MADE_UP);
  const call = `from specify_cli.sync.daemon import run_sync_daemon\nrun_sync_daemon(${PORT_IN[range]}, '${TOKEN}')\n`;
  const marked = [
    `import os\nos.environ["SPEC_KITTY_SYNC_MINIMAL_IMPORT"] = "1"\n${call}`,
    `--spec-kitty-daemon-root=${ROOT}`,
    '--spec-kitty-daemon-exec=/usr/bin/python3',
  ];
  const words = marker === 'absent' && shape === 'production' ? [call] : marked;
  const program = { production: '/usr/bin/python3', unfamiliar: '/usr/bin/other', other: '/usr/bin/other' }[
    shape
  ];
  return ok({ elements: shape === 'other' ? [program] : [program, '-c', ...words], exact: true });
}

function healthFor({
  responder,
  self_report: report,
  spawn_shape: shape,
  port_range: range,
}: DecidingVector): HealthAnswer {
  const namesItself = shape === 'unfamiliar';
  switch (responder) {
    case 'not_asked':
    case 'silent':
    case 'foreign':
      return { kind: responder, why: MADE_UP };
    case 'sync':
    case 'dashboard':
      return {
        kind: 'answered',
        body: {
          status: 'ok',
          token: { matches: TOKEN, mismatch: 'another', missing: null }[report],
          protocolVersion: 1,
          packageVersion: null,
          daemonFamily: namesItself ? 'sync' : null,
          singletonScopeId: namesItself ? ROOT : null,
          hasProjectPath: responder === 'dashboard',
          projectPath: null,
          sync: { running: null },
          owner: namesItself ? ownerOn(PORT_IN[range]) : null,
          proof: null,
        },
      };
  }
}

function ownerOn(port: number): OwnerBlock {
  return { pid: PID, port, packageVersion: null, queueDbPath: null, authScope: null, serverUrl: null };
}

function rootsFor({ root_marker: marker }: DecidingVector): ListenerEvidence['roots'] {
  switch (marker) {
    case 'unreadable':
      return ok([rootWith({ kind: 'unreadable', why: MADE_UP })]);
    case 'other':
      return ok([rootWith({ kind: 'missing' })]);
    case 'same':
      return ok([rootWith(OUR_DIRECTORY)]);
    case 'absent':
      return ok([]);
  }
}

function rootWith(directory: DirectoryResult): RootEvidence {
  return {
    path: ROOT,
    inOurTree: true,
    directory,
    stateFile: { kind: 'absent' },
    recordedProcess: { kind: 'none' },
    ownerRecord: { kind: 'absent' },
    records: [],
  };
}

function stateFileFor({ recorded_singleton: recorded, port_range: range }: DecidingVector): StateFile {
  switch (recorded) {
    case 'no':
      return { kind: 'absent' };
    case 'unknown':
      return { kind: 'malformed', why: MADE_UP };
    case 'yes':
      return {
        kind: 'read',
        port: PORT_IN[range],
        key: TOKEN,
        pid: PID,
        access: { owner: USER, group: USER, mode: 0o600 },
      };
  }
}
