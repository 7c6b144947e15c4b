import { readFileSync } from 'node:fs';
import { type Reading, read, unread } from '../../model/evidence.js';
import { errorCode } from './system-error.js';

/** Reads the named variables of a process's initial environment; the rest of it, secrets included, is not kept. */
export function readEnvironmentVariables<Name extends string>(
  pid: number,
  names: readonly Name[],
): Reading<Partial<Record<Name, string>>> {
  try {
    const found: Partial<Record<Name, string>> = {};
    for (const entry of readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')) {
      const name = names.find((wanted) => entry.startsWith(`${wanted}=`));
      if (name !== undefined) found[name] = entry.slice(name.length + 1);
    }
    return read(found);
  } catch (error) {
    return unread(errorCode(error));
  }
}
