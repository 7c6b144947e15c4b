import { readFileSync } from 'node:fs';
import type { Observer } from '../../../src/machine/machine.js';
import type { ProcessResult, ProcessStat } from '../../../src/machine/linux/processes.js';
import { platformNamed } from '../../../src/model/platform.js';
import { err, ok, type Result } from '../../../src/model/result.js';
import type { Process } from '../world/process.js';
import type { Randomness } from '../randomness.js';
import { collectorOf } from './collector.js';
import { fileReaderOf } from './file-reader.js';
import { getHealth } from './network.js';
import { type Calls, notSimulated, type Task } from './task.js';
import { clockOf } from './clock.js';
import type { Network } from './network.js';
import { socketReaderOf } from './sockets.js';

/** The program that starts our daemons, and the package that it is in. */
export const NODE = '/usr/bin/node';
const PACKAGE = '/opt/spec-kitty';

/** The read half of the port for one simulated process. */
export function observerOf(calls: Calls, task: Task, network: Network, random: Randomness): Observer {
  const { world, sync } = calls;
  const { process } = task;
  const read = (pid: number): ProcessResult => readProcess(calls, task, pid);
  return {
    platform: platformNamed('linux'),
    self: {
      pid: process.pid,
      uid: process.uid,
      realUid: process.uid,
      userName: 'me',
      accountName: (uid) => `#${uid}`,
      executable: NODE,
      commandLine: process.argv,
      nodeVersion: '22.0.0',
      architecture: 'x64',
      environment: process.environment,
      workingDirectory: () => '/home/me',
      isWorkingDirectoryUtf8: () => true,
      isVariableUtf8: () => true,
      homeInUserDatabase: () => ok('/home/me'),
      lineage: () => sync('self.lineage', '', () => lineageOf(calls, process), String),
      machineIdentity: () =>
        sync('self.machineIdentity', '', () => ({
          machineId: 'machine',
          bootId: world.bootId,
          networkNamespace: process.network,
        })),
      visibleProcesses: () => sync('self.visibleProcesses', '', () => 'all'),
    },
    clock: clockOf(calls),
    processes: {
      read,
      hasOurUser: (pid) =>
        sync('processes.hasOurUser', pid, () => world.byPid.get(pid)?.uid === process.uid, String),
      stat: (pid) =>
        sync(
          'processes.stat',
          pid,
          () => statOf(calls, process, pid),
          ({ kind }) => kind,
        ),
      environment: <Name extends string>(pid: number) =>
        sync<Result<Partial<Record<Name, string>>>>('processes.environment', pid, () => {
          const found = world.byPid.get(pid);
          if (found?.uid !== process.uid) return err('ENOENT');
          return ok({ ...found.environment } as Partial<Record<Name, string>>);
        }),
      activity: (pid) => sync('processes.activity', pid, () => activityOf(calls, pid)),
      minimumAgeSeconds: ({ incarnation }) =>
        sync(
          'processes.minimumAgeSeconds',
          incarnation,
          () => (world.now - Number(incarnation) * 10) / 1000 - 0.02,
          String,
        ),
      pids: () => sync('processes.pids', '', () => pidsOf(calls)),
      count: () => sync('processes.count', '', () => world.byPid.size, String),
      openLog: (pid, name) =>
        sync('processes.openLog', pid, () => {
          const log = world.byPid.get(pid)?.log;
          if (!log?.endsWith(`/${name}`)) return err(`its standard output is not ${name}`);
          const folder = log.slice(0, -name.length - 1);
          return ok({ folder, isDeleted: process.tree.node(log) === undefined, isHidden: false });
        }),
    },
    sockets: socketReaderOf(calls, task),
    files: {
      ...fileReaderOf(calls, task),
      packagePath: (relative) => `${PACKAGE}/${relative}`,
      readPackageFile: packageFile,
      atCommit: () => notSimulated('files.atCommit'),
    },
    collectors: {
      procfs: collectorOf(calls, task, read),
      systeminformation: {
        name: 'systeminformation',
        listSockets: () => notSimulated('systeminformation'),
        readProcess: () => notSimulated('systeminformation'),
      },
    },
    randomBytes: (count) => random.bytes(count),
    getHealth: (request) => getHealth(calls, task, network, request),
    pidfdSupport: () => Promise.resolve({ kind: 'pidfd', why: null }),
  };
}

const packageFiles = new Map<string, string>();

/** The policy of this checkout, as it is built. */
function packageFile(relative: string): string {
  const known = packageFiles.get(relative) ?? readFileSync(relative, 'utf8');
  packageFiles.set(relative, known);
  return known;
}

/** Reads a process as src/machine/linux/processes.ts does: in several system calls, between which others act. */
function readProcess({ sync, within, world }: Calls, { process: self }: Task, pid: number): ProcessResult {
  return sync(
    'processes.read',
    pid,
    () => {
      const status = world.byPid.get(pid);
      if (status?.state !== 'running') return { kind: 'gone' };
      if (status.uid !== self.uid)
        return { kind: 'other_user', parentPid: status.parent, session: status.session };
      within('processes.read');
      const stat = world.byPid.get(pid);
      if (stat?.state !== 'running') return { kind: 'gone' };
      const { startTicks, parent } = stat;
      within('processes.read');
      const rest = world.byPid.get(pid);
      const isThere = rest?.state === 'running';
      return {
        kind: 'alive',
        process: {
          pid,
          parentPid: parent,
          incarnation: String(startTicks),
          uid: status.uid,
          argv: isThere ? ok({ elements: rest.argv, exact: true }) : err('ENOENT'),
          executable: isThere ? ok(rest.executable) : err('ENOENT'),
          sharesOurFiles: isThere ? ok(rest.tree === self.tree) : err('ENOENT'),
          sharesOurPids: isThere ? ok(true) : err('ENOENT'),
          residentBytes: ok(20_000_000),
          cpuSeconds: ok(1),
          startedAt: ok('2026-11-29T00:00:00.000Z'),
        },
      };
    },
    describeProcess,
  );
}

/** What a read of a process showed, for traces. */
export function describeProcess(result: ProcessResult): string {
  if (result.kind !== 'alive') return result.kind;
  const { argv } = result.process;
  return argv.ok ? `runs ${argv.value.elements.join(' ').replaceAll('\n', ' ')}` : argv.why;
}

function statOf({ world }: Calls, self: Process, pid: number): ProcessStat {
  const found = world.byPid.get(pid);
  if (found?.state !== 'running') return { kind: 'gone' };
  if (found.uid !== self.uid) return { kind: 'other_user', parentPid: found.parent, session: found.session };
  const { parent: parentPid, session, startTicks } = found;
  return { kind: 'alive', parentPid, session, incarnation: String(startTicks) };
}

function lineageOf({ world }: Calls, { pid, parent }: Process): readonly number[] {
  const lineage = [pid];
  for (let next = parent; next > 0 && !lineage.includes(next); next = world.byPid.get(next)?.parent ?? 0)
    lineage.push(next);
  return lineage;
}

function activityOf({ world }: Calls, pid: number): ReturnType<Observer['processes']['activity']> {
  const found = world.byPid.get(pid);
  if (found?.state !== 'running') return err('its activity cannot be read (ENOENT)');
  if (found.role.mode !== 'wedged' && found.suspension === null) found.activity.contextSwitches += 3;
  return ok({ suspension: found.suspension, awake: null, counters: { ...found.activity } });
}

/** Lists PIDs as /proc does: in order, each time the next one that exists then. */
function* pidsOf({ world, within }: Calls): Generator<number, void> {
  for (let last = 0; ;) {
    let next = Infinity;
    for (const pid of world.byPid.keys()) if (pid > last && pid < next) next = pid;
    if (next === Infinity) return;
    last = next;
    yield next;
    within('processes.pids');
  }
}
