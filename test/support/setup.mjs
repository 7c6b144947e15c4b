import { ensureBuilt } from '../../tools/built.mjs';
import { startHostDaemon } from './host-daemon.mjs';

export default async function setup() {
  ensureBuilt();
  globalThis.hostDaemon = await startHostDaemon();
}
