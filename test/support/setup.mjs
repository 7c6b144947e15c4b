import { startHostDaemon } from './host-daemon.mjs';

export default async function setup() {
  globalThis.hostDaemon = await startHostDaemon();
}
