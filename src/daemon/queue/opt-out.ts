import { realpathSync } from 'node:fs';
import { resolve, sep } from 'node:path';
import { type Reading, read } from '../../model/evidence.js';
import { isTable, type Settings, tableAt } from '../../system/observe/settings.js';

/**
 * Whether the checkout may not send: `[sync.checkout_overrides."<path>"] enabled = false` for it or for a folder around
 * it. Only a clear `true` lets it.
 * @returns the path of the override in force, or null
 */
export function optOutOf(config: Settings, checkout: string): Reading<string | null> {
  const sync = tableAt(config, 'sync');
  if (!sync.ok) return sync;
  const overrides = tableAt({ path: config.path, content: sync.value }, 'checkout_overrides');
  if (!overrides.ok) return overrides;
  const places = [resolve(checkout), realPath(checkout)];
  const inForce = Object.entries(overrides.value).find(
    ([path, override]) =>
      !(isTable(override) && override['enabled'] === true) &&
      [resolve(path), realPath(path)].some((refused) => places.some((place) => isWithin(place, refused))),
  );
  return read(inForce?.[0] ?? null);
}

function isWithin(place: string, folder: string): boolean {
  return place === folder || place.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/** Where symbolic links lead; the path itself where nothing is there. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}
