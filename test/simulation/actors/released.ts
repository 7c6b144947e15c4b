import { DAEMON_FILES } from '../../../src/model/root.js';
import type { Run } from '../run.js';
import type { OpenFile } from '../world/files.js';
import type { DaemonRole } from '../world/process.js';
import { OUR_UID, PLAIN } from '../world/world.js';
import { record, startDaemon } from './listeners.js';

/** How long a daemon needs for its first answer. A released program waits at most 30 s for it. */
const START_MS = [300, 0, 2500, 12_000];
const LOCK_WAIT_MS = 10_000;
const POLL_MS = 100;

/**
 * A released program that starts a daemon: it takes the start lock, starts the daemon, waits for its first answer, writes
 * the state file, and releases the lock (docs/released-daemons.md).
 */
export function startReleased({ world, stage }: Run, root: string, slowness: number): void {
  const folder = world.host.node(root);
  if (!folder) return;
  const starter = world.spawn({
    name: 'released program',
    argv: ['/usr/bin/python3', '/usr/bin/spec-kitty'],
    executable: '/usr/bin/python3',
    role: PLAIN,
  });
  const path = `${root}/${DAEMON_FILES.sync.lock}`;
  const node = world.host.node(path) ?? world.host.write(path, '', OUR_UID, starter.name, 0o644);
  const file: OpenFile = { node, holders: new Set([starter]) };
  starter.openFiles.add(file);
  const end = world.now + LOCK_WAIT_MS;
  const isAlive = (): boolean => starter.state === 'running';
  const take = (): void => {
    if (node.lock === null) {
      node.lock = file;
      start();
    } else if (world.now >= end) world.end(starter, 'itself');
    else world.later(POLL_MS, 'a released program tries the lock', take, isAlive);
  };
  const start = (): void => {
    const state = world.host.readFile(`${root}/${DAEMON_FILES.sync.stateFile}`, 4096);
    const isRecorded =
      state.kind === 'read' &&
      world.running().some(({ role }) => state.text.includes(role.daemon?.secret ?? '\0'));
    const port = [9430, 9431, 9432, 9433].find(
      (each) => world.listenersAt(starter.network, each).length === 0,
    );
    if (isRecorded || port === undefined) {
      world.end(starter, 'itself');
      return;
    }
    const daemon: DaemonRole = {
      ...{
        generation: 'marked',
        version: '3.2.3',
        port,
        secret: stage.random.hex(16),
        id: null,
        root,
        lies: false,
      },
    };
    const started = startDaemon(stage, 'released daemon', daemon, {});
    // A lock in a root that was renamed or deleted excludes nobody.
    started.isBeingStarted = !world.areLocksLost;
    world.onChange();
    const finish = (): void => {
      started.isBeingStarted = false;
      if (started.state === 'running' && isAlive()) {
        const stateFile = record(started);
        if (stateFile) world.recorded(started, stateFile);
      }
      world.onChange();
      world.end(starter, 'itself');
    };
    world.later(START_MS[slowness % START_MS.length] ?? 0, 'a released program records its daemon', finish);
  };
  world.later(0, 'a released program tries the lock', take, isAlive);
}
