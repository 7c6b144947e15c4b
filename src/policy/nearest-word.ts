/** What to write instead of a word that is none: the one that was meant, or all that are valid. */
export function suggestion(word: string, valid: readonly string[]): string {
  const nearest = nearestWord(word, valid);
  return nearest === null ? `valid are ${valid.join(', ')}` : `did you mean \`${nearest}\`?`;
}

/** The valid word nearest to a misspelt one, or null when none is near enough to have been meant. */
function nearestWord(word: string, valid: readonly string[]): string | null {
  if (word.length > LONGEST_WORD) return null;
  let nearest: string | null = null;
  let least = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of valid) {
    // The difference in length is the least that has to be changed.
    if (Math.abs(word.length - candidate.length) >= least) continue;
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < least) [nearest, least] = [candidate, distance];
  }
  return nearest;
}

/** No valid word has as many characters, so no misspelling of one has; and what is compared takes their product. */
const LONGEST_WORD = 64;

/** Levenshtein distance, one row at a time. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let at = 1; at <= from.length; at += 1) {
    const next = [at];
    for (let column = 1; column <= to.length; column += 1) {
      const change = (row[column - 1] ?? 0) + (from[at - 1] === to[column - 1] ? 0 : 1);
      next.push(Math.min(change, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
