import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Daemon } from './daemons.js';

/** The state file of a root: its lines, or a text as it stands. */
export function writeStateFile(root: string, content: string | readonly (string | number)[]): void {
  write(join(root, 'sync-daemon'), typeof content === 'string' ? content : `${content.join('\n')}\n`);
}

/** As the daemon's spawner would have recorded it. */
export function recordSingleton({ root, port, token, pid }: Daemon): void {
  writeStateFile(root, [`http://127.0.0.1:${port}`, port, token, pid]);
}

/** The owner file that the daemons of a root share: a record, or a text as it stands. */
export function writeOwner(root: string, content: string | object): void {
  const text = typeof content === 'string' ? content : `${JSON.stringify(content, null, 2)}\n`;
  write(join(root, 'sync', 'daemon', 'owner.json'), text);
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
