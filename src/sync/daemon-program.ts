import { runDaemonProgram } from '../daemon/run.js';
import { localMachine } from '../machine/local.js';
import { startSyncDaemon, settingsFrom } from './daemon.js';

const machine = localMachine();

/** Program of the sync daemon. `src/daemon/start.ts` starts it. */
void runDaemonProgram(machine, 'sync', 'spec-kitty sync start', (shape) =>
  startSyncDaemon(machine, shape, settingsFrom(machine.observer.self.environment)),
);
