import { parseSpawnShape } from '../../../src/model/spawn-command.js';
import type { Role } from '../world/process.js';
import { PLAIN } from '../world/world.js';

/** What a process is that the product starts with this command line; null if it is no daemon of ours. */
export function ourRole(argv: readonly string[]): Role | null {
  const shape = parseSpawnShape('sync', { elements: argv, exact: true });
  if (shape?.generation !== 'own') return null;
  const { port, id, root } = shape;
  const daemon = {
    generation: 'own',
    version: '3.3.0',
    port,
    secret: `of ${id}`,
    id,
    root,
    lies: false,
  } as const;
  return { ...PLAIN, kind: 'daemon', daemon };
}
