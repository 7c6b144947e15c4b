import picocolors from 'picocolors';
import type pico from 'picocolors';

/** The styles that text output uses. */
export type Style = Pick<ReturnType<typeof pico.createColors>, 'bold' | 'dim' | 'red' | 'yellow' | 'green'>;

/** The styles without colours, for files and pipes. */
export const PLAIN: Style = { bold: String, dim: String, red: String, yellow: String, green: String };

/**
 * Returns the styles with or without colour. Without colour, picocolors is not loaded, because picocolors reads at load
 * time whether stdout is a terminal, which creates the stream.
 * @param colour false if the output is no terminal, or if `NO_COLOR` is set
 */
export function styleFor(colour: boolean): Style {
  return colour ? picocolors.createColors(true) : PLAIN;
}

/**
 * Makes text of another process harmless for a terminal: control characters, and invisible characters that change how
 * a line reads, become escapes (pitfall 33). Text of another process must not be printed unescaped.
 */
export function escapeForTerminal(text: string): string {
  if (HARMLESS.test(text)) return text;
  return text.replace(UNSAFE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** Printable ASCII. Nearly every text matches, which avoids UNSAFE, whose Unicode tables are built at its first use. */
const HARMLESS = /^[ -~]*$/;

/** Control (Cc), format such as bidirectional overrides (Cf), line and paragraph separators, and lone surrogates. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** Lays out rows in columns of equal width, two spaces apart. Control characters in cells must be escaped first. */
export function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length);
  }
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/**
 * Quotes one word for a shell, so that a printed command can be pasted whatever characters a path has. Characters that
 * a terminal may obey are escaped in `$'…'`, which bash, zsh and POSIX.1-2024 know.
 */
export function shellQuote(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  if (word.search(UNSAFE) < 0) return `'${word.replaceAll("'", String.raw`'\''`)}'`;
  return `$'${word.replaceAll(/['\\]/g, String.raw`\$&`).replaceAll(UNSAFE, ansiEscape)}'`;
}

/** Escapes a character as its UTF-8 bytes, because not every shell knows `\u`. */
function ansiEscape(character: string): string {
  const bytes = [...new TextEncoder().encode(character)];
  return bytes.map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
}

/** Formats a size as in `412 MB`, in SI units, as process monitors do. */
export function formatBytes(bytes: number): string {
  if (bytes < 1e6) return `${Math.round(bytes / 1e3)} kB`;
  return bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

/** Formats the time since `startedAt` in its largest unit only: `3 d`, `5 h`, `12 min`, `40 s`. */
export function formatAge(startedAt: string, now: Date): string {
  const seconds = Math.max(0, Math.round((now.getTime() - new Date(startedAt).getTime()) / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86_400)} d`;
}
