/** In bytes, as in Linux limits.h; PATH_MAX counts the NUL at the end. */
const PATH_MAX = 4096;

const NAME_MAX = 255;

/** More than any real root has. A path of PATH_MAX may have 2,048 components, and the kernel looks up each of them. */
const MOST_COMPONENTS = 256;

/**
 * Checks the length of a path that another process chose, before the first system call with this path: the kernel looks
 * up each component.
 * @returns the limit that the path exceeds, or null
 */
export function pathLimitViolation(path: string): string | null {
  // A character has at least one byte, so a path that is far too long is rejected without encoding it.
  if (path.length >= PATH_MAX || Buffer.byteLength(path) >= PATH_MAX)
    return `longer than ${PATH_MAX - 1} bytes`;
  const components = path.split('/');
  if (components.length > MOST_COMPONENTS) return `deeper than ${MOST_COMPONENTS} folders`;
  const hasLongName = components.some((name) => Buffer.byteLength(name) > NAME_MAX);
  return hasLongName ? `a name in it is longer than ${NAME_MAX} bytes` : null;
}
