import { UNSAFE } from './formats/escape.js';

/**
 * Quotes one word for a shell, so that a printed command can be pasted whatever is in the path. What a terminal might
 * obey, pasted or printed, stands as an escape: `$'…'` is known to bash, zsh and POSIX.1-2024.
 */
export function shellQuote(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  if (word.search(UNSAFE) < 0) return `'${word.replaceAll("'", String.raw`'\''`)}'`;
  return `$'${word.replaceAll(/['\\]/g, String.raw`\$&`).replaceAll(UNSAFE, ansiEscape)}'`;
}

/** Byte by byte: `\u` is not known everywhere. */
function ansiEscape(character: string): string {
  const bytes = [...new TextEncoder().encode(character)];
  return bytes.map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
}
