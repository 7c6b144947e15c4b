import { opendirSync, readdirSync } from 'node:fs';

/**
 * The names in a folder.
 * @returns null where there are more than `most`; no more than these, and one buffer of the system's, are read
 * @throws what `open(2)` and `getdents(2)` fail with
 */
export function namesIn(folder: string, most: number): readonly string[] | null {
  if (most === Infinity) return readdirSync(folder);
  const names: string[] = [];
  const entries = opendirSync(folder, { bufferSize: 256 });
  try {
    for (let entry = entries.readSync(); entry; entry = entries.readSync()) {
      if (names.length === most) return null;
      names.push(entry.name);
    }
    return names;
  } finally {
    entries.closeSync();
  }
}
