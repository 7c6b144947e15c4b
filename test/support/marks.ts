import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** A text that stands in one private place and nowhere else. Lower case: names of accounts are compared so. */
export function mark(name: string): string {
  MADE.add(name);
  return `zq${name.replaceAll(/[^a-z0-9]/g, '')}qz`;
}

/** The names of all marks that were made so far. */
export function marksMade(): readonly string[] {
  return [...MADE];
}

const MADE = new Set<string>();

/** Where texts were seen: `doctor json`, `view`, `log` and the like. */
export class Appearances {
  readonly #texts: { readonly channel: string; readonly text: string }[] = [];

  add(channel: string, text: string): void {
    this.#texts.push({ channel, text: text.toLowerCase() });
  }

  /** Every channel that a text appears in, once, by name. */
  of(text: string): readonly string[] {
    const found = this.#texts.filter((seen) => seen.text.includes(text.toLowerCase()));
    return [...new Set(found.map(({ channel }) => channel))].sort();
  }
}

/** The content of every file below some folders, byte by byte. */
export function filesBelow(...folders: readonly string[]): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  const walk = (folder: string): void => {
    if (!existsSync(folder)) return;
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      const status = statSync(path, { throwIfNoEntry: false });
      if (status?.isDirectory()) walk(path);
      else if (status?.isFile()) files.set(path, readFileSync(path, 'latin1'));
    }
  };
  folders.forEach(walk);
  return files;
}

/** What was written since: new files, what was appended to one, and files that became another text. */
export function writtenSince(
  before: ReadonlyMap<string, string>,
  now: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const written = new Map<string, string>();
  for (const [path, text] of now) {
    const old = before.get(path) ?? '';
    if (text !== old) written.set(path, text.startsWith(old) ? text.slice(old.length) : text);
  }
  return written;
}
