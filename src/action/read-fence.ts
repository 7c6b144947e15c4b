import type { FenceReading } from '../model/outcome.js';
import { raiseFence } from '../system/change/process-hold.js';

/** How processes can be held on this system. */
export async function readFence(): Promise<FenceReading> {
  const { kind, why } = await raiseFence();
  return { kind, why };
}
