import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Daemon } from './daemons.js';

/** Writes the state file of a root from its lines, or a text unchanged. */
export function writeStateFile(root: string, content: string | readonly (string | number)[]): void {
  write(join(root, 'sync-daemon'), typeof content === 'string' ? content : `${content.join('\n')}\n`);
}

/** Writes the state file that the program which started the daemon writes. */
export function recordSingleton({ root, port, token, pid }: Daemon): void {
  writeStateFile(root, [`http://127.0.0.1:${port}`, port, token, pid]);
}

/** Writes the owner file that the daemons of a root share: an object as JSON, a text unchanged. */
export function writeOwner(root: string, content: string | object): void {
  const text = typeof content === 'string' ? content : `${JSON.stringify(content, null, 2)}\n`;
  write(join(root, 'sync', 'daemon', 'owner.json'), text);
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
