/** A value that was read, or the reason why it could not be. Could not look is never "nothing there". */
export type Result<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly why: string };

export function ok<T>(value: T): Result<T> {
  return { ok: true, value };
}

export function err(why: string): { readonly ok: false; readonly why: string } {
  return { ok: false, why };
}
