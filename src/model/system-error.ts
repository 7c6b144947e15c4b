/** The code of a system error (`ENOENT`), or the text of whatever else was thrown. */
export function errorCode(error: unknown): string {
  // Not `instanceof`: an error may have been made in another realm, as they are under jest.
  if (typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string') {
    return error.code;
  }
  return String(error);
}

/** True where the thing looked at does not exist (any more): no such file, no such process. */
export function isGone(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'ENOENT' || code === 'ESRCH';
}
