/** Exit codes of every command (design: "Commands"). */
export const EXIT = {
  /** Done, and nothing needs attention. */
  done: 0,
  /** Done, and something needs attention: orphans are there, or a reset entry failed. */
  attention: 1,
  /** The job could not be done: wrong usage, unreadable policy, internal error. */
  couldNot: 2,
  /** `policy` only: nothing was shown, neither that all is well nor that it is not. */
  inconclusive: 3,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
