import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Makes a unique text to put into one private field. In lower case, because account names are compared in lower case.
 */
export function mark(name: string): string {
  MADE.add(name);
  return `zq${name.replaceAll(/[^a-z0-9]/g, '')}qz`;
}

/** The names of all marks made so far. */
export function marksMade(): readonly string[] {
  return [...MADE];
}

const MADE = new Set<string>();

/** Collects the texts of channels (`doctor json`, `view`, `log`) and finds the channels that contain a mark. */
export class Appearances {
  readonly #texts: { readonly channel: string; readonly text: string }[] = [];

  add(channel: string, text: string): void {
    this.#texts.push({ channel, text: text.toLowerCase() });
  }

  /** The names of the channels that contain a text, sorted. */
  of(text: string): readonly string[] {
    const found = this.#texts.filter((seen) => seen.text.includes(text.toLowerCase()));
    return [...new Set(found.map(({ channel }) => channel))].sort();
  }
}

/** Path -> content (latin1) of every file below some folders. */
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

/** Path -> text written since: a new file, the appended part, or the new content of a changed file. */
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
