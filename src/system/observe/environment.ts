import { type Reading, read, unread } from '../../model/evidence.js';
import { readKernelFile } from './kernel-file.js';
import { errorCode } from './system-error.js';

/** What a login and a few tools leave behind has some 10 kB; an environment can have 6 MB. */
const LONGEST_ENVIRONMENT = 1024 * 1024;

/**
 * Reads the named variables of a process's initial environment; the rest of it, secrets included, is not kept.
 * Of several entries with one name, getenv(3) and Python take the first, while other programs take the last: entries
 * that differ are not read, and neither is a value that is not UTF-8, which Python keeps byte by byte.
 */
export function readEnvironmentVariables<Name extends string>(
  pid: number,
  names: readonly Name[],
): Reading<Partial<Record<Name, string>>> {
  let text: string;
  try {
    const whole = readKernelFile(`/proc/${pid}/environ`, LONGEST_ENVIRONMENT);
    if (whole === null) return unread(`it is longer than ${LONGEST_ENVIRONMENT} bytes`);
    text = whole;
  } catch (error) {
    return unread(errorCode(error));
  }
  const found: Partial<Record<Name, string>> = {};
  for (const entry of text.split('\0')) {
    const name = names.find((wanted) => entry.startsWith(`${wanted}=`));
    if (name === undefined) continue;
    const value = entry.slice(name.length + 1);
    if (value.includes('\uFFFD')) return unread(`${name} is not UTF-8`);
    if (found[name] !== undefined && found[name] !== value) return unread(`it names ${name} more than once`);
    found[name] = value;
  }
  return read(found);
}
