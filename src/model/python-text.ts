/** What Python's `str.strip()` takes away: not what `trim()` does, for which U+FEFF is a blank and U+0085 is none. */
const BLANKS = String.raw`[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]`;
const LEADING = new RegExp(`^${BLANKS}+`);
const BLANK = new RegExp(BLANKS);

/** As Python's `str.strip()`: settings and accounts mean what released programs take them for. */
export function strip(text: string): string {
  const stripped = text.replace(LEADING, '');
  let end = stripped.length;
  // Backwards by hand: an expression that is tied to the end is tried at every blank on the way there.
  while (end > 0 && BLANK.test(stripped.charAt(end - 1))) end--;
  return stripped.slice(0, end);
}
