/** PATH_MAX, which counts the NUL at the end, and NAME_MAX of every Linux file system (limits.h). */
const PATH_MAX = 4096;

const NAME_MAX = 255;

/** No folder of a person lies deeper. A path of PATH_MAX may have 2,048 components, each looked up from the root on. */
const MOST_COMPONENTS = 256;

/**
 * Why the kernel, or we, would not follow a path; null where it may be followed. A path that a process names itself may be
 * of any length: this is asked before the first system call, since each component costs one.
 */
export function pathLimitViolation(path: string): string | null {
  // A character has at least one byte: what is far too long is not encoded to be told so.
  if (path.length >= PATH_MAX || Buffer.byteLength(path) >= PATH_MAX)
    return `longer than ${PATH_MAX - 1} bytes`;
  const components = path.split('/');
  if (components.length > MOST_COMPONENTS) return `deeper than ${MOST_COMPONENTS} folders`;
  const hasLongName = components.some((name) => Buffer.byteLength(name) > NAME_MAX);
  return hasLongName ? `a name in it is longer than ${NAME_MAX} bytes` : null;
}
