/**
 * The white space that Python's `str.strip()` removes. JavaScript's `trim()` differs: it removes U+FEFF and keeps
 * U+0085.
 */
const BLANKS = String.raw`[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]`;
const LEADING = new RegExp(`^${BLANKS}+`);
const BLANK = new RegExp(BLANKS);

/** Does what Python's `str.strip()` does, so that we read settings and accounts as released programs read them. */
export function strip(text: string): string {
  const stripped = text.replace(LEADING, '');
  let end = stripped.length;
  // Not `/\s+$/`: such an expression is retried at every blank, in quadratic time.
  while (end > 0 && BLANK.test(stripped.charAt(end - 1))) end--;
  return stripped.slice(0, end);
}
