import { fileNameOf, identityRecordText, lockNameOf } from '../../../src/model/identity-record.js';
import { PACKAGE_VERSION } from '../../../src/model/product.js';
import { DAEMON_FILES } from '../../../src/model/root.js';
import { markedArgv, ownArgv, PYTHON } from '../../builders/evidence.js';
import type { Randomness } from '../randomness.js';
import { NODE } from '../port/observer.js';
import { type FileNode, FileTree } from '../world/files.js';
import type { DaemonRole, Process, Role } from '../world/process.js';
import { HOME, OTHER_UID, OUR_ROOT, OUR_UID, PLAIN, type World } from '../world/world.js';

/** The kinds of listeners of a schedule. */
export const LISTENERS = [
  'orphan',
  'orphan 3.2.4',
  'own orphan',
  'recorded',
  'web server',
  'pre-marker',
  'wedged',
  'liar',
  'other root',
  'live elsewhere',
  'own recorded',
  'own older',
  'own newer',
  "another user's",
  'silent',
  'dashboard',
  'relay',
  'impostor',
  'editor',
  'shared socket',
  'twins',
  'in a container',
  'parent of the command',
  'second port',
  'outside the range',
] as const;
export type ListenerKind = (typeof LISTENERS)[number];

export const TRAITS = [
  'plain',
  'exits slowly',
  'refuses',
  'ignores SIGTERM',
  'answers slowly',
  'busy',
  'stopped',
  'not reaped',
  'wakes on SIGTERM',
] as const;
type Trait = (typeof TRAITS)[number];

export interface ListenerSpec {
  readonly kind: ListenerKind;
  readonly trait: Trait;
}

/** What listeners are made in. */
export interface Stage {
  readonly world: World;
  readonly random: Randomness;
  /** Secrets and tokens, with their owners. */
  readonly secrets: Map<string, Process>;
}

/** The other roots of a schedule, one for each port. */
function otherRoot(port: number): string {
  return `${HOME}/other-${port}/.spec-kitty`;
}

/** Starts a listener on a port. @returns the processes */
export function startListener(stage: Stage, { kind, trait }: ListenerSpec, port: number): readonly Process[] {
  const { world } = stage;
  const traits = traitsOf(trait);
  const released = (version: string, changes: Partial<DaemonRole> = {}): DaemonRole => ({
    ...{
      generation: 'marked',
      version,
      port,
      secret: stage.random.hex(16),
      id: null,
      root: OUR_ROOT,
      lies: false,
    },
    ...changes,
  });
  const started = (
    name: string,
    daemon: DaemonRole,
    given: Parameters<typeof startDaemon>[4] = {},
  ): Process[] => {
    const process = startDaemon(stage, `${name} ${port}`, daemon, traits, given);
    if (trait === 'stopped') process.suspension = { kind: 'stopped' };
    return [process];
  };
  switch (kind) {
    case 'orphan':
    case 'recorded':
      return started(kind, released('3.2.2'));
    case 'orphan 3.2.4':
      return started(kind, released('3.2.4'));
    case 'pre-marker':
      return started(kind, released('3.1.4', { generation: 'pre-marker' }));
    case 'wedged':
      return started(kind, released('3.2.3'), { role: { mode: 'wedged' } });
    case 'liar':
      return started(kind, released('3.2.3', { lies: true }));
    case 'other root':
    case 'live elsewhere': {
      const root = otherRoot(port);
      world.host.makeFolder(root, OUR_UID);
      const [process] = started(kind, released('3.2.3', { root }));
      if (process && kind === 'live elsewhere') record(process);
      return process ? [process] : [];
    }
    case 'own orphan':
    case 'own recorded':
      return started(kind, own(stage, port, PACKAGE_VERSION));
    case 'own older':
      return started(kind, own(stage, port, '3.2.9'));
    case 'own newer':
      return started(kind, own(stage, port, '9.0.0'));
    case "another user's":
      return started(kind, released('3.2.3'), { uid: OTHER_UID });
    case 'in a container': {
      const tree = new FileTree(`container ${port}`, `9${port}`);
      tree.makeFolder(OUR_ROOT, OUR_UID);
      const [process] = started(kind, released('3.2.3'), { tree });
      if (process) record(process);
      return process ? [process] : [];
    }
    case 'shared socket': {
      const [process] = started(kind, released('3.2.3'));
      const heir = world.spawn({
        name: `heir ${port}`,
        argv: ['/usr/bin/sleep', '9'],
        executable: '/usr/bin/sleep',
        role: PLAIN,
      });
      for (const socket of process?.sockets ?? []) world.share(socket, heir);
      return process ? [process, heir] : [heir];
    }
    case 'twins': {
      const one = started(kind, released('3.2.3'));
      const role: DaemonRole = released('3.2.3');
      const twin = startDaemon(stage, `twin ${port}`, role, traits, { isShared: true });
      return [...one, twin];
    }
    case 'parent of the command':
      return started(kind, released('3.2.3'));
    case 'second port': {
      const [process] = started('recorded', released('3.2.3'));
      if (process) world.listen(process, port + 1);
      return process ? [process] : [];
    }
    case 'outside the range':
      return startListener(stage, { kind: 'orphan', trait }, port + 60);
    case 'relay':
      return [startOther(world, kind, port, { relaysTo: 9400 })];
    case 'web server':
    case 'silent':
    case 'dashboard':
    case 'impostor':
    case 'editor':
      return [startOther(world, kind, port, {})];
  }
}

function traitsOf(trait: Trait): Partial<Role> {
  switch (trait) {
    case 'exits slowly':
      return { exitMs: 800 };
    case 'refuses':
      return { refusesRequests: true };
    case 'ignores SIGTERM':
      return { refusesRequests: true, ignoresTerm: true };
    case 'answers slowly':
      return { answerMs: 300 };
    case 'busy':
      return { mode: 'busy' };
    case 'wakes on SIGTERM':
      return { mode: 'wedged', wakes: true };
    case 'stopped':
    case 'plain':
    case 'not reaped':
      return {};
  }
}

function own({ random }: Stage, port: number, version: string): DaemonRole {
  return {
    ...{ generation: 'own', version, port, root: OUR_ROOT, lies: false },
    secret: random.hex(32),
    id: random.hex(16),
  };
}

interface DaemonOptions {
  readonly uid?: number;
  readonly tree?: FileTree;
  readonly role?: Partial<Role>;
  readonly isShared?: boolean;
}

/** Starts a daemon that listens on its port; one of ours also has its record and its lock. */
export function startDaemon(
  { world, secrets }: Stage,
  name: string,
  daemon: DaemonRole,
  traits: Partial<Role>,
  { uid = OUR_UID, tree = world.host, role = {}, isShared = false }: DaemonOptions = {},
): Process {
  const { generation, port, secret, root } = daemon;
  const argv =
    generation === 'own'
      ? ownArgv(port, daemon.id ?? '', root)
      : generation === 'marked'
        ? markedArgv(port, secret, root)
        : preMarkerArgv(port, secret);
  const process = world.spawn({
    ...{ name, argv, uid, tree },
    executable: generation === 'own' ? NODE : PYTHON,
    environment: { HOME },
    log: `${root}/${DAEMON_FILES.sync.log}`,
    role: { ...PLAIN, kind: 'daemon', daemon, exitMs: 100, ...traits, ...role },
  });
  secrets.set(secret, process);
  tree.write(`${root}/${DAEMON_FILES.sync.log}`, '', uid, name);
  world.listen(process, port, '127.0.0.1', isShared);
  if (generation === 'own') writeRecord(world, process, daemon);
  return process;
}

function preMarkerArgv(port: number, token: string): readonly string[] {
  const script = `from specify_cli.sync.daemon import run_sync_daemon\nrun_sync_daemon(${port}, '${token}')\n`;
  return ['/usr/bin/python3', '-c', script];
}

/** Writes the record of a daemon of ours, and takes its lock. */
function writeRecord(world: World, process: Process, { id, port, root, secret, version }: DaemonRole): void {
  const folder = `${root}/${DAEMON_FILES.sync.identityFolder}`;
  const name = id ?? '';
  const text = identityRecordText({
    ...{
      id: name,
      pid: process.pid,
      incarnation: String(process.startTicks),
      bootId: world.bootId,
      machineId: 'machine',
    },
    ...{
      networkNamespace: process.network,
      address: '127.0.0.1',
      port,
      root,
      packageVersion: version,
      secret,
    },
    ...{ queueDbPath: null, authScope: null, serverUrl: null, holdsLock: true },
  });
  process.tree.write(`${folder}/${fileNameOf(name)}`, text, process.uid, process.name);
  const node = process.tree.write(`${folder}/${lockNameOf(name)}`, '', process.uid, process.name);
  const file = { node, holders: new Set([process]) };
  node.lock = file;
  process.openFiles.add(file);
}

/** Writes the state file of a daemon's root, so that it names the daemon. */
export function record(process: Process): FileNode | undefined {
  const { daemon } = process.role;
  if (!daemon) return undefined;
  const { root, port, secret, id } = daemon;
  const lines = [`http://127.0.0.1:${port}`, port, id ?? secret, ...(id === null ? [process.pid] : [])];
  return process.tree.write(
    `${root}/${DAEMON_FILES.sync.stateFile}`,
    `${lines.join('\n')}\n`,
    process.uid,
    process.name,
  );
}

function startOther(world: World, kind: Role['kind'], port: number, changes: Partial<Role>): Process {
  const argv =
    kind === 'editor'
      ? ['/usr/bin/vim', '--spec-kitty-daemon-root=', 'run_sync_daemon(9401)']
      : [`/usr/bin/${kind.replace(' ', '-')}`, String(port)];
  const process = world.spawn({
    name: `${kind} ${port}`,
    argv,
    executable: argv[0] ?? '',
    role: { ...PLAIN, kind, ...changes },
  });
  world.listen(process, port);
  return process;
}
