import type { ResetOutcome } from '../../src/reset.js';
import type { EnsuredSyncDaemon } from '../../src/sync/ensure-sync-daemon.js';
import type { Run } from './run.js';
import type { Task } from './port/task.js';
import type { CommandName } from './schedule.js';

/** Checks what a command reports at its end against what happened. */
export function checkOutcome({ judge, world }: Run, task: Task, command: CommandName, result: unknown): void {
  if (command === 'doctor') return;
  if (command === 'start') {
    const { outcome } = result as EnsuredSyncDaemon;
    if (world.system.platform === 'darwin') {
      if (outcome.kind !== 'skipped' || outcome.reason !== 'unsupported_platform')
        judge.violation(`a start does not answer unsupported_platform, but ${JSON.stringify(outcome)}`);
      return;
    }
    if (outcome.kind !== 'ready') return;
    const { pid, port } = outcome.daemon;
    const { scanned } = judge.of(task);
    const daemon = world.everRan.find(
      (process) => process.pid === pid && process.hadPorts.has(port) && process.endedAt >= scanned,
    );
    if (!daemon) judge.violation(`a start is ready with PID ${pid} on port ${port}, where no daemon is`);
    return;
  }
  const outcome = result as ResetOutcome;
  if (world.system.platform === 'darwin' && command === 'stop' && outcome.ok)
    judge.violation('a stop is not refused');
  if (!outcome.ok) return;
  const { scan } = outcome.judged;
  if (!scan.listeners.ok) return;
  const sockets = scan.listeners.value.map(({ socket }) => socket);
  judge.entries(task, sockets, outcome.reset.result);
}

/** What a command reported, for traces. */
export function summaryOf(result: unknown): unknown {
  const { outcome, reset, candidates } = result as {
    outcome?: unknown;
    reset?: { result: readonly { outcome: unknown }[] };
    candidates?: readonly { identity: { port: number } }[];
  };
  if (candidates) return candidates.map(({ identity }) => identity.port);
  return outcome ?? reset?.result.map((entry) => entry.outcome) ?? result;
}
