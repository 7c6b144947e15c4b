import type { HandleOpener, ProcessHandle } from '../../../../src/machine/linux/pidfd.js';
import type { HandleSupport } from '../../../../src/model/outcome.js';
import { PLAIN } from '../../world/world.js';
import { handleOf, type Signals } from '../handle.js';
import type { Calls, Task } from '../task.js';
import { findProcess } from './processes.js';

/** What a kernel would do that macOS does not: each must be a violation, or the judge sees nothing. */
export type Mutation = 'the version in an audit token is not compared' | 'signals before macOS 14.2';

/** The process handles of macOS: a signal goes by an audit token, which src/machine/darwin/audit-token.ts tries first. */
export function handlesOf(
  calls: Calls,
  task: Task,
  context: Signals,
  mutation: Mutation | null,
): { readonly support: HandleSupport; readonly detect: () => Promise<HandleOpener> } {
  const { world, async, sync, isAlive } = calls;
  const { process: self } = task;
  const hasSignals = world.system.signals !== null || mutation === 'signals before macOS 14.2';
  return {
    support: hasSignals ? { kind: 'audit_token', why: null } : { kind: 'none', why: MISSING },
    detect: () =>
      async<HandleOpener>(
        'detectPidfd',
        '',
        (settle) => {
          const detect = (): void => {
            if (hasSignals) tryOnChild(settle);
            else settle(withoutSignals(MISSING));
          };
          world.later(0, 'loads libSystem', detect, isAlive);
        },
        ({ kind }) => kind,
      ),
  };

  /** Starts a process of our own, and sends it a signal under a version that it does not have. */
  function tryOnChild(settle: (opener: HandleOpener) => void): void {
    if (world.isOutOfFiles) {
      settle(withoutSignals('/bin/cat cannot be started to try the signal on'));
      return;
    }
    const child = world.spawn({
      ...{ name: `child of ${self.name}`, argv: [CAT], executable: CAT, role: PLAIN, parent: self.pid },
    });
    world.later(0, 'its child ends', () => {
      world.end(child, 'its input');
      settle({ kind: 'audit_token', why: null, open: (pid) => sync('opener.open', pid, () => open(pid)) });
    });
  }

  function withoutSignals(why: string): HandleOpener {
    const close = (): void => undefined;
    return { kind: 'none', why, open: (pid) => sync('opener.open', pid, () => ({ signal: null, close })) };
  }

  /** Reads the version of a process. A signal reaches a process with this PID only if it has this version then. */
  function open(pid: number): ProcessHandle {
    const found = findProcess(world, self, pid);
    const version = found?.state === 'running' ? found.version : null;
    const isHidden = found?.hidden === 'everything';
    return handleOf(calls, task, context, pid, () => {
      if (isHidden) return { kind: 'denied', code: 'EPERM' };
      const receiver = findProcess(world, self, pid);
      const isSame =
        receiver?.version === version || mutation === 'the version in an audit token is not compared';
      return version !== null && receiver?.state === 'running' && isSame ? receiver : { kind: 'gone' };
    });
  }
}

const MISSING = 'this macOS has no signal for one incarnation of a process (before 14.2)';
const CAT = '/bin/cat';
