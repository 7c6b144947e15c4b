import { createWorld, type World } from '../../test/support/world.js';
import { type Gauge, gauge, median } from './gauge.js';

const FEW = 100;
const MANY = 5000;
const ROUNDS = 15;

/**
 * The same three orphans among few processes and among many: whoever holds a socket is found by a walk over the
 * descriptors of all of them, since a second holder would make it nobody's.
 */
export async function measureCrowd(): Promise<readonly Gauge[]> {
  const quiet = await openCrowd(FEW);
  try {
    const crowded = await openCrowd(MANY);
    try {
      const times = { quiet: [] as number[], crowded: [] as number[] };
      for (let round = 0; round < ROUNDS; round += 1) {
        times.quiet.push(await timeOf(quiet));
        times.crowded.push(await timeOf(crowded));
      }
      const ratio = median(times.crowded) / median(times.quiet);
      const what = `auth doctor, 3 orphans: among ${MANY} processes beside among ${FEW}`;
      return [gauge('doctor_crowd', what, ratio, 'x', 3)];
    } finally {
      await crowded.close();
    }
  } finally {
    await quiet.close();
  }
}

async function openCrowd(processes: number): Promise<World> {
  const world = await createWorld({ init: 'reaps' });
  for (const port of [9401, 9402, 9403]) await world.startDaemon({ port, version: '3.2.4' });
  await world.shell(`for i in $(seq ${processes}); do sleep 3600 >/dev/null 2>&1 & done`);
  return world;
}

async function timeOf(world: World): Promise<number> {
  const { ms, code, stderr } = await world.run(['auth', 'doctor'], { env: { NO_COLOR: '' } });
  if (code !== 1) throw new Error(stderr);
  return ms;
}
