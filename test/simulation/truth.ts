import { isInRange } from '../../src/model/family.js';
import type { Process, Socket } from './world/process.js';
import type { CommandName } from './schedule.js';
import type { FileNode, FileTree } from './world/files.js';
import type { System } from './world/system.js';
import { OUR_UID, type World } from './world/world.js';

/** Why a process may not be ended, in the words of the safety case. Each is true or false in the model. */
export const PROTECTIONS = {
  notDaemon: 'it is no sync daemon',
  outsideRange: 'it listens outside the range of the family',
  otherUser: "it is another user's",
  live: 'it is, or is about to be, the live daemon of its root',
  inDoubt: 'the state file of its root is in doubt, and it may be the live daemon',
  sharedSocket: 'another process has its socket too',
  otherRoot: 'it serves another root, or names none',
  unproven: 'its answer does not prove its identity',
  silent: 'it does not answer',
  notRecorded: 'the state file of this root does not name it',
} as const;
export type Protection = keyof typeof PROTECTIONS;

/** The commands of the product that end daemons. */
export type Ending = 'reset' | 'resetSafe' | 'start' | 'stop' | 'none';

/** As what a command ends daemons. Where no daemon of ours can run, the commands for them end nothing. */
export function endingBy(command: CommandName, platform: System['platform']): Ending {
  if (command === 'doctor') return 'none';
  return platform === 'darwin' && (command === 'start' || command === 'stop') ? 'none' : command;
}

const FOR_EVERY: readonly Protection[] = ['notDaemon', 'outsideRange', 'otherUser', 'sharedSocket'];
const NOT_LIVE: readonly Protection[] = [...FOR_EVERY, 'live', 'inDoubt'];
const PROVEN: readonly Protection[] = [...NOT_LIVE, 'otherRoot', 'unproven', 'silent'];

/** The action table: what protects a process from each command (FR-006, FR-009). */
export const PROTECTED_FROM: Readonly<Record<Ending, readonly Protection[]>> = {
  reset: NOT_LIVE,
  resetSafe: PROVEN,
  start: PROVEN,
  stop: [...FOR_EVERY, 'notRecorded'],
  none: Object.keys(PROTECTIONS) as Protection[],
};

/** Determines, from the model alone, what protects a process now. */
export function protectionsOf(world: World, process: Process, ourRoot: string): ReadonlySet<Protection> {
  const { daemon, kind, mode } = process.role;
  const found = new Set<Protection>();
  if (kind !== 'daemon' || !daemon) found.add('notDaemon');
  if (![...process.hadPorts].some((port) => isInRange(port, 'sync'))) found.add('outsideRange');
  if (process.uid !== OUR_UID) found.add('otherUser');
  if ([...process.sockets].some((socket) => isShared(world, socket, process))) found.add('sharedSocket');
  if (!daemon) return found;
  const recorded = stateOf(process.tree, daemon.root);
  const isNamed = recorded.kind === 'names' && names(recorded, process);
  if (process.isBeingStarted || (isNamed && mode !== 'wedged')) found.add('live');
  if (recorded.kind === 'doubt' && mode !== 'wedged') found.add('inDoubt');
  const ours = world.host.node(ourRoot);
  const isOfOurRoot =
    daemon.generation !== 'pre-marker' && ours !== undefined && process.tree.node(daemon.root) === ours;
  if (!isOfOurRoot) found.add('otherRoot');
  if (daemon.lies || daemon.generation === 'pre-marker') found.add('unproven');
  if (mode === 'wedged') found.add('silent');
  if (!isNamed || !isOfOurRoot) found.add('notRecorded');
  return found;
}

/**
 * Whether another process has the socket too, or another socket has its address. A process of another user, or one whose
 * descriptors a sandbox hides, counts only if it is related: nothing else of it can be read (docs/safety-case.md, "What
 * is not guaranteed").
 */
function isShared(world: World, socket: Socket, process: Process): boolean {
  if (socket.wasHidden) return false;
  for (const owner of socket.owners) {
    if (owner === process) continue;
    const isReadable = owner.uid === OUR_UID && owner.hidden !== 'descriptors';
    if (isReadable || owner.session === process.session || owner.parent === process.pid) return true;
  }
  return world.sockets.some(
    (other) =>
      other !== socket &&
      !other.wasHidden &&
      other.port === socket.port &&
      other.address === socket.address &&
      other.network === socket.network,
  );
}

/** What a state file says. */
type State =
  | { readonly kind: 'absent' }
  /** It cannot be read, cannot be parsed, or could have been written by others. */
  | { readonly kind: 'doubt' }
  | {
      readonly kind: 'names';
      readonly port: number;
      readonly key: string | null;
      readonly pid: number | null;
    };

export function stateOf(tree: FileTree, root: string): State {
  const folder = tree.node(root);
  if (!folder) return { kind: 'absent' };
  const file = tree.node(`${root}/sync-daemon`);
  if (isWritableByOthers(folder) || folder.readError !== null) return { kind: 'doubt' };
  if (!file) return { kind: 'absent' };
  if (isWritableByOthers(file) || file.readError !== null || file.kind === 'folder') return { kind: 'doubt' };
  const [url, port, third = null, fourth = null] = file.text.split('\n').filter((line) => line !== '');
  if (url === undefined || !/^\d+$/.test(port ?? '')) return { kind: 'doubt' };
  return { kind: 'names', port: Number(port), key: third, pid: fourth === null ? null : Number(fourth) };
}

function isWritableByOthers({ owner, mode }: FileNode): boolean {
  return (owner !== OUR_UID && owner !== 0) || (mode & 0o002) !== 0;
}

/** Whether a state file names a process. In doubt it does: one of port and PID is enough. */
export function names(state: Extract<State, { kind: 'names' }>, { pid, role: { daemon } }: Process): boolean {
  if (!daemon) return false;
  const key = daemon.generation === 'own' ? daemon.id : daemon.secret;
  return key === state.key || (state.pid === pid && daemon.port === state.port);
}
