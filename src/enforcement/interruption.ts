/** Whether the user has interrupted a cleanup, by Ctrl-C. A cleanup is never left half done: what was sent is reported. */
export interface Interruption {
  /** Resolves at the first Ctrl-C. No further step is begun then; the step that was taken is watched to its end. */
  readonly requested: Promise<void>;
  readonly isRequested: () => boolean;
  /** Whether Ctrl-C came again: what was sent is not watched any more, and reported as sent. */
  readonly isRepeated: () => boolean;
}

/** For a cleanup that cannot be interrupted. */
export const UNINTERRUPTED: Interruption = {
  requested: new Promise(() => undefined),
  isRequested: () => false,
  isRepeated: () => false,
};

/**
 * Waits for work that changes nothing, unless the user interrupts.
 * @returns null if the user interrupted before the work ended
 */
export async function unlessInterrupted<T>(interruption: Interruption, work: Promise<T>): Promise<T | null> {
  // A race with a promise that never settles stays in memory, in a program that starts daemons all its life.
  if (interruption === UNINTERRUPTED) return work;
  const { requested, isRequested } = interruption;
  // Without this, a failure of work that nobody waits for any more would end the process.
  work.catch(() => undefined);
  const first = await Promise.race([requested.then(() => null), work.then((value) => ({ value }))]);
  return first === null || isRequested() ? null : first.value;
}
