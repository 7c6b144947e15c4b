/** A value, or why it could not be read. A failed read never counts as an empty value (pitfall 29). */
export type Result<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly why: string };

export function ok<T>(value: T): Result<T> {
  return { ok: true, value };
}

export function err(why: string): { readonly ok: false; readonly why: string } {
  return { ok: false, why };
}
