/** A text of the reference that was changed on purpose. */
export interface IntendedChange {
  /** As `npm run verify` prints it: PIDs, paths, times and the like are named. With a pattern, `is` may say `$1`. */
  readonly was: string | RegExp;
  readonly is: string;
  /** Why it is better, in one line. */
  readonly reason: string;
}

/**
 * The only differences from the reference that are allowed: texts for people. Codes, fields, exit codes and acts have
 * none. A row that no run needs fails the run, so that the table never forgives what nobody looked at.
 */
export const INTENDED: readonly IntendedChange[] = [];
