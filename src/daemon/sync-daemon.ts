import { begin } from '../lifecycle/begin.js';
import { beginSyncDaemon } from './daemon.js';
import { settingsFrom } from './settings.js';

/** The program of the sync daemon, started by `src/startup`. */
void begin('sync', 'spec-kitty sync start', (shape) => beginSyncDaemon(shape, settingsFrom(process.env)));
