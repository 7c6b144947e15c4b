import {
  type Argv,
  type DirectoryReading,
  type Facts,
  type Holder,
  type ListenerEvidence,
  type Reading,
  read,
  type RootEvidence,
  unread,
} from '../model/evidence.js';
import type { StateFile } from '../model/files.js';
import type { HealthAnswer } from '../model/health-answer.js';
import type { DecidingVector } from '../model/policy-facts.js';

/**
 * Facts, as `auth doctor --save-facts` would save them, of one listener that is in the given state: what analysis found
 * can be seen by `auth doctor --facts` too. Everything in them is made up.
 */
export function factsOf(state: DecidingVector): Facts {
  const root: RootEvidence = { ...rootWith(OURS), stateFile: stateFileFor(state) };
  return {
    family: 'sync',
    collector: 'procfs',
    observer: {
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
    listeners: read([listenerFor(state)]),
  };
}

const USER = 1000;
const PID = 4001;
const ROOT = '/home/witness/.spec-kitty';
const TOKEN = 'witness';
const PORTS = { sync: 9401, dashboard: 9300, outside: 9500 } as const;
const UIDS = { same: USER, other: USER + 1, unknown: null } as const;
const OURS: DirectoryReading = {
  kind: 'directory',
  device: '1',
  inode: '1',
  access: { owner: USER, group: USER, mode: 0o700 },
};
const WHY = 'made up as a witness';

function listenerFor(state: DecidingVector): ListenerEvidence {
  return {
    socket: { address: '127.0.0.1', port: PORTS[state.port_range], inode: 1, uid: UIDS[state.owner_user] },
    reachedAt: '127.0.0.1',
    holder: holderFor(state),
    health: healthFor(state),
    roots: rootsFor(state),
  };
}

function holderFor(state: DecidingVector): Holder {
  switch (state.listener_pid) {
    case 'ambiguous':
      return { kind: 'ambiguous', why: WHY, pids: [PID, PID + 1] };
    case 'unknown':
      return { kind: 'unknown', why: WHY };
    case 'known':
      return {
        kind: 'known',
        process: {
          pid: PID,
          parentPid: 1,
          startTicks: 1,
          uid: UIDS[state.owner_user] ?? USER,
          argv: argvFor(state),
          executable: read('/usr/bin/python3'),
          sharesOurFiles: read(true),
          sharesOurPids: read(true),
          residentBytes: unread(WHY),
          cpuSeconds: unread(WHY),
          startedAt: unread(WHY),
        },
      };
  }
}

function argvFor({
  spawn_shape: shape,
  root_marker: marker,
  port_range: range,
}: DecidingVector): Reading<Argv> {
  if (shape === 'unreadable') return unread(WHY);
  const call = `from specify_cli.sync.daemon import run_sync_daemon\nrun_sync_daemon(${PORTS[range]}, '${TOKEN}')\n`;
  const marked = [
    `import os\nos.environ["SPEC_KITTY_SYNC_MINIMAL_IMPORT"] = "1"\n${call}`,
    `--spec-kitty-daemon-root=${ROOT}`,
    '--spec-kitty-daemon-exec=/usr/bin/python3',
  ];
  const words = marker === 'absent' ? [call] : marked;
  const elements = shape === 'other' ? ['/usr/bin/other'] : ['/usr/bin/python3', '-c', ...words];
  return read({ elements, exact: true });
}

function healthFor({ responder, self_report: report }: DecidingVector): HealthAnswer {
  switch (responder) {
    case 'not_asked':
    case 'silent':
    case 'foreign':
      return { kind: responder, why: WHY };
    case 'sync':
    case 'dashboard':
      return {
        kind: 'answered',
        body: {
          status: 'ok',
          token: { matches: TOKEN, mismatch: 'another', missing: null }[report],
          protocolVersion: 1,
          packageVersion: null,
          daemonFamily: null,
          singletonScopeId: null,
          hasProjectPath: responder === 'dashboard',
          projectPath: null,
          sync: { running: null },
          owner: null,
          proof: null,
        },
      };
  }
}

function rootsFor({ root_marker: marker }: DecidingVector): ListenerEvidence['roots'] {
  switch (marker) {
    case 'unreadable':
      return read([rootWith({ kind: 'unreadable', why: WHY })]);
    case 'other':
      return read([rootWith({ kind: 'missing' })]);
    case 'same':
      return read([rootWith(OURS)]);
    case 'absent':
      return read([]);
  }
}

function rootWith(directory: DirectoryReading): RootEvidence {
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
      return { kind: 'malformed', why: WHY };
    case 'yes':
      return {
        kind: 'read',
        port: PORTS[range],
        key: TOKEN,
        pid: PID,
        access: { owner: USER, group: USER, mode: 0o600 },
      };
  }
}
