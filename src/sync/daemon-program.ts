import { runDaemonProgram } from '../daemon/run.js';
import { localMachine } from '../machine/local.js';
import { startSyncDaemon, settingsFrom } from './daemon.js';

const machine = localMachine();

/** The program of the sync daemon, started by `src/daemon/start.ts`. */
void runDaemonProgram(machine, 'sync', 'spec-kitty sync start', (shape) =>
  startSyncDaemon(machine, shape, settingsFrom(machine.observer.self.environment)),
);
