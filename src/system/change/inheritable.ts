import { readdirSync, readFileSync } from 'node:fs';

/**
 * What a child would inherit from whoever started us: a lock that a shell opened, a pipe that somebody reads to its
 * end. Node keeps only what stands without a gap to itself.
 * @param last beyond this one
 */
export function inheritable(last: number): readonly number[] {
  return readdirSync('/proc/self/fd')
    .map(Number)
    .filter((descriptor) => descriptor > last && isInheritable(descriptor));
}

const O_CLOEXEC = 0o2000000;

function isInheritable(descriptor: number): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8'))?.[1];
    return (Number.parseInt(flags ?? '0', 8) & O_CLOEXEC) === 0;
  } catch {
    // The one that the folder was read by.
    return false;
  }
}
