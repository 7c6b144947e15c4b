import type { ProcessResult, ProcessStat } from '../../../../src/machine/linux/processes.js';
import type { ProcessEvidence } from '../../../../src/model/evidence.js';
import { err, ok, type Result } from '../../../../src/model/result.js';
import type { Process } from '../../world/process.js';
import { describeProcess } from '../observer.js';
import type { Calls } from '../task.js';

const CHANGED = 'it became another program while it was read';

/** Reads a process as src/machine/darwin/processes.ts does: its incarnation before and after the rest. */
export function readProcess(calls: Calls, self: Process, pid: number): ProcessResult {
  const { sync, within, world } = calls;
  return sync(
    'processes.read',
    pid,
    () => {
      const before = readInfo(calls, self, pid);
      if (before.kind !== 'ours') return before;
      const { incarnation, process: first } = before;
      const { parent, uid } = first;
      within('processes.read');
      const started = readable(calls, self, pid);
      const argv = started.ok ? ok({ elements: started.value.argv, exact: true }) : started;
      const executable = started.ok ? ok(started.value.executable) : started;
      within('processes.read');
      const process: ProcessEvidence = {
        ...{ pid, parentPid: parent, incarnation, uid, argv, executable },
        sharesOurFiles: sharesOurRoot(calls, self, pid),
        sharesOurPids: ok(true),
        residentBytes: ok(20_000_000),
        cpuSeconds: err('it is not read on macOS'),
        startedAt: ok(new Date(world.wallMs() - world.now + first.bornAt).toISOString()),
      };
      within('processes.read');
      const after = readInfo(calls, self, pid);
      if (after.kind === 'gone') return after;
      return after.kind === 'ours' && after.incarnation === incarnation
        ? { kind: 'alive', process }
        : { kind: 'unreadable', why: CHANGED };
    },
    describeProcess,
  );
}

type Info =
  | { readonly kind: 'ours'; readonly process: Process; readonly incarnation: string }
  | Exclude<ProcessResult, { readonly kind: 'alive' }>;

/** Reads the identity of a process. The kernel refuses it for a process of another user, and where a sandbox hides one. */
export function readInfo({ world }: Calls, self: Process, pid: number): Info {
  const found = findProcess(world, self, pid);
  if (found?.state !== 'running') return { kind: 'gone' };
  if (found.uid !== self.uid) return { kind: 'other_user', parentPid: null, session: found.session };
  if (found.hidden === 'everything') return { kind: 'unreadable', why: 'EPERM' };
  return { kind: 'ours', process: found, incarnation: world.system.incarnationOf(found) };
}

/** A process of another network of the model runs in a virtual machine: macOS has no process with its PID. */
export function findProcess(world: Calls['world'], self: Process, pid: number): Process | undefined {
  const found = world.byPid.get(pid);
  return found?.network === self.network ? found : undefined;
}

export function statOf(calls: Calls, self: Process, pid: number): ProcessStat {
  const found = readInfo(calls, self, pid);
  if (found.kind !== 'ours') return found;
  const { parent: parentPid, session } = found.process;
  return { kind: 'alive', parentPid, session, incarnation: found.incarnation };
}

/** Reads a process whose arguments, environment and root directory may be read. */
function readable(calls: Calls, self: Process, pid: number): Result<Process> {
  const found = readInfo(calls, self, pid);
  return found.kind === 'ours' ? ok(found.process) : err('EINVAL');
}

/** Reads the environment, which the kernel returns with the arguments. */
export function argumentsOf<Name extends string>(
  calls: Calls,
  self: Process,
  pid: number,
): Result<Partial<Record<Name, string>>> {
  const found = readable(calls, self, pid);
  return found.ok ? ok({ ...found.value.environment } as Partial<Record<Name, string>>) : found;
}

function sharesOurRoot(calls: Calls, self: Process, pid: number): Result<boolean> {
  const found = readable(calls, self, pid);
  if (!found.ok) return found;
  return found.value.tree === self.tree ? ok(true) : err('it has another root directory (chroot)');
}

/** Lists the PIDs of our user, or of all users, in one call. A sandbox hides no PID from it. */
export function pidsOf({ world }: Calls, self: Process, of: 'ours' | 'all'): readonly number[] {
  return [...world.byPid.values()]
    .filter(({ network }) => network === self.network)
    .filter(({ uid, state }) => state === 'running' && (of === 'all' || uid === self.uid))
    .map(({ pid }) => pid);
}

export function lineageOf(calls: Calls, self: Process): readonly number[] {
  const lineage = [self.pid];
  for (let pid = self.parent; pid > 0 && !lineage.includes(pid);) {
    lineage.push(pid);
    const found = readInfo(calls, self, pid);
    pid = found.kind === 'ours' ? found.process.parent : 0;
  }
  return lineage;
}

/** The sockets that one incarnation of a process has open, by their ids. */
type OpenSockets =
  | { readonly kind: 'read'; readonly ids: ReadonlySet<string>; readonly incarnation: string }
  | { readonly kind: 'denied'; readonly session: number }
  | Exclude<ProcessResult, { readonly kind: 'alive' }>;

/** Reads the sockets of a process of our user as src/machine/darwin/open-sockets.ts does. */
export function readOpenSockets(calls: Calls, self: Process, pid: number, within: () => void): OpenSockets {
  const before = readInfo(calls, self, pid);
  if (before.kind !== 'ours') return before;
  within();
  const found = readInfo(calls, self, pid);
  if (found.kind === 'gone') return found;
  if (found.kind !== 'ours') return { kind: 'unreadable', why: CHANGED };
  if (found.process.hidden === 'descriptors') return { kind: 'denied', session: found.process.session };
  const ids = new Set([...found.process.sockets].map((socket) => calls.world.system.socketId(socket)));
  within();
  const after = readInfo(calls, self, pid);
  if (after.kind === 'gone') return after;
  return after.kind === 'ours' && after.incarnation === before.incarnation
    ? { kind: 'read', ids, incarnation: before.incarnation }
    : { kind: 'unreadable', why: CHANGED };
}

export function holdsSocket(calls: Calls, self: Process, pid: number, socketId: string): boolean {
  const open = readOpenSockets(calls, self, pid, () => {
    calls.within('sockets.holds');
  });
  return open.kind === 'read' && open.ids.has(socketId);
}
