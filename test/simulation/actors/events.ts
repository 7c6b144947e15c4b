import { DAEMON_FILES } from '../../../src/model/root.js';
import type { Task } from '../port/task.js';
import type { Process } from '../world/process.js';
import { HOME, OTHER_UID, OUR_ROOT, OUR_UID, PLAIN } from '../world/world.js';
import { record, startListener } from './listeners.js';
import { startReleased } from './released.js';
import { addEvent, eventText } from '../port/queue.js';
import type { Run } from '../run.js';

/** What others do to the world in the middle of a run. `target` chooses among processes, `value` among variants. */
type Act = (run: Run, target: Process, value: number, task: Task) => void;

/** Every event that a schedule may contain, by name. */
export const EVENTS = {
  'others act': ({ world }, _target, value) => {
    for (let count = 0; count <= value % 4; count++) world.advance(false);
  },
  'time passes': ({ world }, _target, value) => {
    world.now += [1, 60, 400, 1100, 3500, 6000][value % 6] ?? 0;
  },
  'the clock is set': ({ world }, _target, value) => {
    world.wallShift += [-3_600_000, 40_000, -40_000, 86_400_000][value % 4] ?? 0;
  },
  'a process ends': ({ world }, target) => {
    world.end(target, 'itself');
  },
  'a zombie is reaped': ({ world }) => {
    for (const process of [...world.byPid.values()]) world.reap(process);
  },
  'a PID is reused': (run, target, value) => {
    run.world.end(target, 'itself');
    run.world.reap(target);
    replace(run, target, value);
  },
  'a process runs another program': ({ world, tasks }, target, value) => {
    if (tasks.has(target)) return;
    target.version = world.newVersion();
    target.argv = ['/usr/bin/make', 'all'];
    target.executable = '/usr/bin/make';
    target.role = { ...PLAIN, kind: value % 2 === 0 ? 'other' : 'web server' };
    if (value % 3 === 0) for (const socket of [...target.sockets]) world.closeSocket(socket, target);
  },
  'a socket is passed on': ({ world }, target, value) => {
    const heir = world.spawn({
      name: `heir of ${target.name}`,
      argv: ['/usr/bin/sleep', '9'],
      executable: '/usr/bin/sleep',
      role: PLAIN,
      uid: value % 2 === 0 ? OUR_UID : OTHER_UID,
      ...(value % 3 !== 0 && { session: target.session }),
    });
    for (const socket of target.sockets) world.share(socket, heir);
  },
  'a port changes hands': ({ world }, target, value) => {
    const [socket] = target.sockets;
    if (!socket) return;
    world.closeSocket(socket, target);
    const argv = ['/usr/bin/web-server', String(socket.port)];
    const role = { ...PLAIN, kind: value % 2 === 0 ? 'web server' : 'silent' } as const;
    const process = world.spawn({
      name: `successor on ${socket.port}`,
      argv,
      executable: '/usr/bin/web-server',
      role,
    });
    world.listen(process, socket.port);
  },
  'a process becomes busy': (_run, target) => {
    if (target.role.mode === 'responsive') target.role = { ...target.role, mode: 'busy' };
  },
  'a process answers again': (_run, target) => {
    if (target.role.mode === 'busy') target.role = { ...target.role, mode: 'responsive' };
  },
  'a process is stopped': (_run, target) => {
    target.suspension = { kind: 'stopped' };
  },
  'a process is continued': (_run, target) => {
    target.suspension = null;
  },
  'a process changes its user': (_run, target) => {
    target.uid = OTHER_UID;
  },
  'a connection is opened': (_run, target, value) => {
    target.inbound += value % 2 === 0 ? 1 : -Math.min(1, target.inbound);
  },
  'a state file names a daemon': (_run, target) => {
    record(target);
  },
  'a state file is removed': ({ world }, target) => {
    world.host.remove(stateFileOf(target));
  },
  'a state file is overwritten': ({ world }, target, value) => {
    const [socket] = target.sockets;
    const port = value % 4 === 3 && socket ? socket.port : 9447;
    const named = `http://127.0.0.1:${port}\n${port}\n${'f'.repeat(32)}\n7\n`;
    world.host.write(stateFileOf(target), value % 2 === 0 ? 'garbage\n' : named, OUR_UID, 'an editor');
  },
  'a state file becomes unreadable': ({ world }, target, value) => {
    const node = world.host.node(stateFileOf(target));
    if (!node) return;
    if (value % 2 === 0) node.readError = 'EIO';
    else node.mode = 0o666;
  },
  'a root is renamed': ({ world }, target) => {
    const root = target.role.daemon?.root ?? OUR_ROOT;
    world.loseLocks(root);
    world.host.rename(root, `${root}.old`);
    for (const process of world.byPid.values())
      if (process.log?.startsWith(`${root}/`) && process.tree === world.host)
        process.log = `${root}.old${process.log.slice(root.length)}`;
  },
  'a root is deleted': ({ world }, target) => {
    const root = target.role.daemon?.root ?? OUR_ROOT;
    world.loseLocks(root);
    world.host.removeTree(root);
  },
  'an identity record is removed': ({ world }, target) => {
    const { id = null, root = '' } = target.role.daemon ?? {};
    if (id !== null) world.host.remove(`${root}/${DAEMON_FILES.sync.identityFolder}/${id}.json`);
  },
  'a command is killed': (run, _target, value, task) => {
    run.kill(
      value % 3 === 0 ? task : (run.livingTasks()[value % Math.max(1, run.livingTasks().length)] ?? task),
      'kill -9',
    );
  },
  'a daemon is told to stop': (run, target) => {
    run.deliver(target, 'SIGTERM', 'an operator');
  },
  'a daemon is killed': (run, target) => {
    run.deliver(target, 'SIGKILL', 'an operator');
  },
  'the disk is full': ({ world }, _target, value) => {
    world.isDiskFull = value % 2 === 0;
  },
  'no open file is left': ({ world }, _target, value) => {
    world.isOutOfFiles = value % 2 === 0;
  },
  'a row is hidden': ({ world }, target) => {
    for (const socket of target.sockets) {
      socket.isHidden = true;
      // macOS notices that its list is incomplete.
      socket.wasHidden ||= world.system.platform === 'linux';
    }
  },
  'a listener starts': (run, _target, value) => {
    const kinds = ['web server', 'orphan', 'silent', 'other root'] as const;
    const port = 9410 + (value % 30);
    if (run.world.listenersAt(run.world.host.name, port).length === 0)
      startListener(run.stage, { kind: kinds[value % 4] ?? 'web server', trait: 'plain' }, port);
  },
  'a released program starts a daemon': (run, target, value) => {
    startReleased(run, value % 3 === 0 ? anotherRoot(run, target) : OUR_ROOT, value);
  },
  'a slow moment, and a released program starts a daemon': (run) => {
    const { world } = run;
    world.now += 1100;
    // The start lock of a command expires.
    for (let count = 0; count < 3; count++) world.advance(false);
    startReleased(run, OUR_ROOT, 3);
    for (let count = 0; count < 3; count++) world.advance(false);
  },
  'a start lock is held': (run, _target, value) => {
    holdStartLock(run, [300, 1500, 20_000][value % 3] ?? 0);
  },
  'a command starts': (run, _target, value) => {
    run.startCommand((['reset', 'start', 'resetSafe', 'stop'] as const)[value % 4] ?? 'start');
  },
  'a writer changes an event': ({ queue, world }, _target, value) => {
    const row = queue.rows[value % Math.max(1, queue.rows.length)];
    if (row) row.data = eventText(row.eventId, `changed at step ${world.step}`);
  },
  'a writer adds an event': ({ queue, world }) => {
    addEvent(queue, `added at step ${world.step}`);
  },
  'the queue is locked': ({ queue }, _target, value) => {
    queue.isLocked = value % 2 === 0;
  },
  'the machine reboots': reboot,
  'a sandbox hides a process': (_run, target, value) => {
    target.hidden = (['everything', 'descriptors', 'nothing'] as const)[value % 3] ?? 'everything';
  },
} as const satisfies Readonly<Record<string, Act>>;
export type EventName = keyof typeof EVENTS;

export const EVENT_NAMES = Object.keys(EVENTS) as EventName[];

/** The events of each system. */
export const LINUX_EVENTS = EVENT_NAMES.filter((name) => name !== 'a sandbox hides a process');

/** Lets another process have the PID of one that has ended, with the same port or without. */
function replace({ world, stage }: Run, target: Process, value: number): void {
  const port = target.role.daemon?.port ?? 9444;
  const name = `later process with PID ${target.pid}`;
  if (value % 4 === 3) {
    startListener(stage, { kind: 'orphan', trait: 'plain' }, port);
    return;
  }
  const kind = value % 4 === 0 ? 'other' : 'web server';
  const program = `/usr/bin/${kind === 'other' ? 'make' : 'web-server'}`;
  const process = world.spawn({
    name,
    argv: [program, 'all'],
    executable: program,
    role: { ...PLAIN, kind },
  });
  if (kind === 'web server') world.listen(process, value % 4 === 1 ? port : 9445);
}

function anotherRoot({ world }: Run, { role }: Process): string {
  const root = role.daemon?.root ?? OUR_ROOT;
  if (root !== OUR_ROOT) return root;
  const other = `${HOME}/other/.spec-kitty`;
  world.host.makeFolder(other, OUR_UID);
  return other;
}

function stateFileOf({ role }: Process): string {
  return `${role.daemon?.root ?? OUR_ROOT}/${DAEMON_FILES.sync.stateFile}`;
}

function holdStartLock({ world }: Run, ms: number): void {
  const path = `${OUR_ROOT}/${DAEMON_FILES.sync.lock}`;
  const node = world.host.node(path) ?? world.host.write(path, '', OUR_UID, 'another program');
  if (node.lock) return;
  const program = '/usr/bin/flock';
  const holder = world.spawn({
    name: 'holder of the lock',
    argv: [program],
    executable: program,
    role: PLAIN,
  });
  const file = { node, holders: new Set([holder]) };
  node.lock = file;
  holder.openFiles.add(file);
  world.later(ms, 'a lock is released', () => {
    world.end(holder, 'itself');
  });
}

function reboot(run: Run): void {
  const { world } = run;
  for (const task of run.livingTasks()) run.kill(task, 'a reboot');
  for (const process of world.running()) if (process.pid !== 1) world.end(process, 'a reboot');
  for (const process of [...world.byPid.values()]) world.reap(process);
  world.bootId = `${world.bootId}+`;
  world.isDiskFull = world.isOutOfFiles = false;
}
