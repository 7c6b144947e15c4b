/*
 * A socket and a process incarnation are identified by an opaque text, which is only compared for equality: each
 * platform writes what its kernel attests. On Linux both texts are decimal numbers, and the documents of 3.3.0 have
 * them as numbers. So a document keeps that number where there is one, and has the text beside it where there is none.
 */

/** Returns the number that an opaque id is on Linux; null for an id that is no decimal number. */
export function decimalOf(id: string): number | null {
  const number = Number(id);
  return Number.isSafeInteger(number) && number >= 0 && String(number) === id ? number : null;
}

/** An incarnation as the journal and an identity record have it. */
export interface StartFields {
  /** The start time in clock ticks since boot (Linux). Null if `incarnation` is present; in the journal, 0 if unknown. */
  readonly start_ticks: number | null;
  /** What identifies the process on a system whose ids are no decimal numbers. Absent on Linux. */
  readonly incarnation?: string;
}

export function startFields(incarnation: string): StartFields {
  const start = decimalOf(incarnation);
  return start === null ? { start_ticks: null, incarnation } : { start_ticks: start };
}

/** Returns the id that a document has as a number, or as a text beside it; null if it has neither. */
export function opaqueIdOf(number: number | null, text: string | null | undefined): string | null {
  return text ?? (number === null ? null : String(number));
}
