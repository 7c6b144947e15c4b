/** Returns the code of a system error (`ENOENT`), or the text of any other thrown value. */
export function errorCode(error: unknown): string {
  // Not `instanceof`: under jest an error may come from another realm.
  if (typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string') {
    return error.code;
  }
  return String(error);
}

/** Whether a system call failed because the file or process does not exist. */
export function isGone(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'ENOENT' || code === 'ESRCH';
}
