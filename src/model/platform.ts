/** What differs from one system to the next, by Node's names for them; docs/platforms.md is the table. */

/**
 * Linux alone attests who listens, with exact arguments, lets a process be held, and has the lock that releases take.
 * Where any of it is missing nothing is started, and nobody is asked to leave or signalled: it reports.
 */
export function canAct(platform: string): boolean {
  return platform === 'linux';
}

/** Windows prints program and arguments of a process apart, and ends none by `kill`. */
export function isWindows(platform: string): boolean {
  return platform === 'win32';
}
