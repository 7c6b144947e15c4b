import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { DoctorReport } from '../../src/report/report.js';
import { hasTools, SYSTEM_PATH } from './requires.js';
import type { World } from './world.js';

/** Arguments that choose the portable collector. */
export const PORTABLE = ['--collector', 'systeminformation'];
/** The programs that it runs on Linux. */
export const hasPortableTools = hasTools('ps', 'grep', 'cat', 'ss', 'netstat');

const preload = (file: string): Readonly<Record<string, string>> => ({
  NODE_OPTIONS: `--import=${new URL(file, import.meta.url).href}`,
});
export const PRETEND_DARWIN = preload('pretend-darwin.mjs');
export const HIDE_SYSTEMINFORMATION = preload('hide-package.mjs?systeminformation');

/** What both collectors report for every listener. */
export function listenersIn({ candidates }: DoctorReport): readonly string[] {
  return candidates.map(({ address, port, pid }) => `${address}:${port} PID ${String(pid)}`);
}

/** A PATH with the programs that tests need and these ones; `ss`, `netstat` and `ps` are missing unless given. */
export function pathWith(world: World, ...programs: readonly string[]): string {
  const folder = join(world.folder, `path-${programs.join('-')}`);
  mkdirSync(folder);
  for (const program of ['nsenter', 'setpriv', 'sh', 'grep', 'cat', ...programs]) {
    const found = SYSTEM_PATH.split(':').find((place) => existsSync(join(place, program)));
    if (found !== undefined) symlinkSync(join(found, program), join(folder, program));
  }
  return folder;
}
