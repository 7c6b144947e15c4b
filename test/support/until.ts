import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 15;

/**
 * Polls until a condition is true. @returns how long that took, in milliseconds
 * @throws when it is not true within `ms`
 */
export async function until(isTrue: () => boolean | Promise<boolean>, ms = 8000): Promise<number> {
  const from = performance.now();
  while (!(await isTrue())) {
    if (performance.now() - from > ms)
      throw new Error(`condition not true within ${ms} ms: ${String(isTrue)}`);
    await sleep(POLL_MS);
  }
  return performance.now() - from;
}
