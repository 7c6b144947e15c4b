import { fileURLToPath } from 'node:url';
import { HOSTED } from '../../test/support/hosted.js';
import { createWorld } from '../../test/support/world.js';
import { type Gauge, gauge, median } from './gauge.js';

const STRETCH = fileURLToPath(new URL('longest-stretch.mjs', import.meta.url));
const ROUNDS = 15;
const MOST_MS = 25;

/**
 * Measures how long the event loop of a program is blocked while the program runs its first startup check. There is a
 * healthy live daemon and another listener to judge, because a check then loads the most code without signalling.
 * Measured alternately with the same program doing nothing, because on a shared machine that program waits too.
 */
export async function measureEventLoop(): Promise<readonly Gauge[]> {
  const world = await createWorld();
  try {
    await world.run(['sync', 'start'], { env: HOSTED });
    await world.startDaemon({ port: 9440, version: '3.1.4' });
    const waits = { nothing: [] as number[], start: [] as number[] };
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [work, ms] of Object.entries(waits)) {
        const { stdout, stderr } = await world.command([process.execPath, STRETCH, work], HOSTED);
        if (!(Number(stdout) > 0)) throw new Error(stderr);
        ms.push(Number(stdout));
      }
    }
    const what = 'inside a program: longest wait for a turn of the event loop';
    return [
      gauge('idle_event_loop', `nothing, ${what}`, median(waits.nothing), 'ms', null),
      gauge('startup_event_loop', `first start, ${what}`, median(waits.start), 'ms', MOST_MS),
    ];
  } finally {
    await world.close();
  }
}
