import { fileURLToPath } from 'node:url';
import { HOSTED } from '../../test/support/hosted.js';
import { createWorld } from '../../test/support/world.js';
import { type Gauge, gauge, median } from './gauge.js';

const STRETCH = fileURLToPath(new URL('longest-stretch.mjs', import.meta.url));
const ROUNDS = 15;
const MOST_MS = 5;

/**
 * How long a program waits for its own turn while it starts us for the first time, where a singleton is healthy and
 * somebody else has to be judged: the most that is loaded without anything being done.
 */
export async function measureEventLoop(): Promise<readonly Gauge[]> {
  const world = await createWorld();
  try {
    await world.run(['sync', 'start'], { env: HOSTED });
    await world.startDaemon({ port: 9440, version: '3.1.4' });
    const stretches: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const { stdout, stderr } = await world.command([process.execPath, STRETCH], HOSTED);
      if (!(Number(stdout) > 0)) throw new Error(stderr);
      stretches.push(Number(stdout));
    }
    const what = 'first start inside a program: longest wait for a turn of the event loop';
    return [gauge('startup_event_loop', what, median(stretches), 'ms', MOST_MS)];
  } finally {
    await world.close();
  }
}
