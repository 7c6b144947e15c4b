import { runDaemonProgram } from '../daemon/run.js';
import { localMachine } from '../machine/local.js';
import { beginSyncDaemon, settingsFrom } from './daemon.js';

const machine = localMachine();

/** The program of the sync daemon, started by `src/daemon/start.ts`. */
void runDaemonProgram(machine, 'sync', 'spec-kitty sync start', (shape) =>
  beginSyncDaemon(machine, shape, settingsFrom(machine.observer.self.environment)),
);
