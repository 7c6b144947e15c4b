import { endHostDaemon } from './host-daemon.mjs';

export default async function teardown() {
  await endHostDaemon(globalThis.hostDaemon);
}
