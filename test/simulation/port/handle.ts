import type { ProcessHandle, SignalOutcome } from '../../../src/machine/linux/pidfd.js';
import type { Process } from '../world/process.js';
import type { Calls, Task } from './task.js';

/** Who watches and delivers the signals of the product. */
export interface Signals {
  /** Called when the product sends a signal, before the process receives it. */
  readonly onSignal: (sender: Task, receiver: Process, signal: 'SIGTERM' | 'SIGKILL') => void;
  /** Delivers a signal. */
  readonly deliver: (receiver: Process, signal: 'SIGTERM' | 'SIGKILL', by: string) => void;
}

/**
 * Returns a process handle.
 * @param find finds the process that a signal reaches when it is sent, or says why it reaches none
 */
export function handleOf(
  { sync }: Calls,
  task: Task,
  { onSignal, deliver }: Signals,
  pid: number,
  find: () => Process | SignalOutcome,
): ProcessHandle {
  const { process: self } = task;
  const send = (signal: 'SIGTERM' | 'SIGKILL'): SignalOutcome => {
    const found = find();
    if ('kind' in found) return found;
    if (found.uid !== self.uid) return { kind: 'denied', code: 'EPERM' };
    onSignal(task, found, signal);
    deliver(found, signal, self.name);
    return { kind: 'sent' };
  };
  return {
    signal: (signal) =>
      sync(
        'handle.signal',
        `${signal} to ${pid}`,
        () => send(signal),
        ({ kind }) => kind,
      ),
    close: () => {
      sync('handle.close', pid, () => undefined);
    },
  };
}
