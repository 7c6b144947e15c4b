/** Quotes one word for a POSIX shell, so that a printed command can be pasted whatever is in the path. */
export function shellQuote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
