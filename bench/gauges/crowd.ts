import { createWorld, type World } from '../../test/support/world.js';
import { type Gauge, gauge, median } from './gauge.js';

interface Crowd {
  readonly processes: number;
  /** How many files each of ten further processes has open. */
  readonly files: number;
}

const ROUNDS = 15;
const FEW: Crowd = { processes: 100, files: 0 };
const MOST_TIMES = 3;

/**
 * Measures `auth doctor` with three orphans among many processes, or beside many open files, relative to its time among
 * few processes. The product finds the owner of a socket by reading the descriptors of all processes, because a second
 * owner would make the owner ambiguous.
 */
export async function measureCrowd(): Promise<readonly Gauge[]> {
  return [
    await beside({ processes: 1000, files: 0 }, '1,000 processes', null),
    await beside({ processes: 5000, files: 0 }, '5,000 processes', MOST_TIMES),
    await beside({ processes: 100, files: 1000 }, '100 processes and 10,000 more open files', null),
  ];
}

async function beside(crowd: Crowd, words: string, most: number | null): Promise<Gauge> {
  const quiet = await openCrowd(FEW);
  try {
    const crowded = await openCrowd(crowd);
    try {
      const times = { quiet: [] as number[], crowded: [] as number[] };
      for (let round = 0; round < ROUNDS; round += 1) {
        times.quiet.push(await timeOf(quiet));
        times.crowded.push(await timeOf(crowded));
      }
      const ratio = median(times.crowded) / median(times.quiet);
      const what = `auth doctor, 3 orphans: among ${words} beside among ${FEW.processes}`;
      return gauge(`crowd_${crowd.processes}_${crowd.files}`, what, ratio, 'x', most);
    } finally {
      await crowded.close();
    }
  } finally {
    await quiet.close();
  }
}

const HOLD_FILES =
  'import os, sys, time; f = [os.open("/dev/null", 0) for _ in range(int(sys.argv[1]))]; time.sleep(3600)';

async function openCrowd({ processes, files }: Crowd): Promise<World> {
  const world = await createWorld({ init: 'reaps' });
  for (const port of [9401, 9402, 9403]) await world.startDaemon({ port, version: '3.2.4' });
  await world.shell(`for i in $(seq ${processes}); do sleep 3600 >/dev/null 2>&1 & done`);
  if (files > 0)
    await world.shell(
      `ulimit -n 4096; for i in $(seq 10); do python3 -c '${HOLD_FILES}' ${files} >/dev/null 2>&1 & done`,
    );
  return world;
}

async function timeOf(world: World): Promise<number> {
  const { ms, code, stderr } = await world.run(['auth', 'doctor'], { env: { NO_COLOR: '' } });
  if (code !== 1) throw new Error(stderr);
  return ms;
}
