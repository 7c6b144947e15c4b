import { fileURLToPath } from 'node:url';
import { createWorld, type World } from '../../test/support/world.js';
import { type Gauge, gauge, median } from './gauge.js';

const PRINT_PEAK = fileURLToPath(new URL('print-peak.cjs', import.meta.url));
const BIN = fileURLToPath(new URL('../../dist/bin.cjs', import.meta.url));
const ROUNDS = 15;

/** Measures the peak memory of `auth doctor` on an empty range, relative to that of Node alone. */
export async function measureMemory(): Promise<readonly Gauge[]> {
  const world = await createWorld();
  try {
    const node: number[] = [];
    const doctor: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      node.push(await peakOf(world, ['-e', '0']));
      doctor.push(await peakOf(world, [BIN, 'auth', 'doctor']));
    }
    const what = 'auth doctor, nothing there: peak memory beside that of node -e 0';
    return [gauge('doctor_memory', what, median(doctor) / median(node), 'x', 1.4)];
  } finally {
    await world.close();
  }
}

/** Returns the peak memory of a Node program in KiB. */
async function peakOf(world: World, words: readonly string[]): Promise<number> {
  const { stderr } = await world.command([process.execPath, '--require', PRINT_PEAK, ...words]);
  const [, peak] = /peak (\d+)/.exec(stderr) ?? [];
  if (peak === undefined) throw new Error(stderr);
  return Number(peak);
}
