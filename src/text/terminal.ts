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
  return text.replace(UNSAFE, escapeCharacter);
}

/** Returns an error as lines, which are not escaped: what it is, and where it was thrown. */
export function errorLines(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [String(error)];
  const { message, stack = '' } = error;
  // The message may contain line feeds, so it is no part of what is split.
  const end = stack.includes(message) ? stack.indexOf(message) + message.length : 0;
  return end === 0 ? [message] : [stack.slice(0, end), ...stack.slice(end).split('\n').slice(1)];
}

function escapeCharacter(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

/**
 * Makes a name that is not ours, such as a path, harmless inside our own words: no shell runs any of it when the words
 * are pasted, and it begins no line. Each character that a shell may obey gets a backslash, which, unlike quotes, also
 * holds where our words have an apostrophe, and after a line was broken or cut. It does not hold between backticks.
 */
export function inertName(name: string): string {
  if (INERT.test(name)) return escapeForTerminal(name);
  return name.replaceAll(OBEYED, String.raw`\$&`).replaceAll(UNSAFE, escapeCharacter);
}

/**
 * Returns how many columns escaped text takes on a terminal: two for a wide character (Chinese, Japanese, Korean, emoji),
 * none for a combining mark. Where terminals differ, this is the larger number.
 */
export function displayWidth(text: string): number {
  if (HARMLESS.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += WIDE.test(character) ? 2 : COMBINING.test(character) ? 0 : 1;
  return width;
}

/**
 * Characters of two columns. U+FE0F makes the character before it an emoji of two columns. The other ranges are CJK
 * punctuation and symbols, full-width forms, and the planes that only have ideographs.
 */
const WIDE =
  /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Bopomofo}\p{Script=Yi}\p{Script=Tangut}\p{Emoji_Presentation}\u{FE0F}\u{2E80}-\u{303E}\u{3200}-\u{33FF}\u{FE30}-\u{FE6F}\u{FF01}-\u{FF60}\u{FFE0}-\u{FFE6}\u{1F000}-\u{1FAFF}\u{20000}-\u{3FFFD}]/u;

const COMBINING = /[\p{Mn}\p{Me}]/u;

/** Printable ASCII. Nearly every text matches, which avoids UNSAFE, whose Unicode tables are built at its first use. */
const HARMLESS = /^[ -~]*$/;

/** Control (Cc), format such as bidirectional overrides (Cf), line and paragraph separators, and lone surrogates. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** Names that no shell changes. A backslash before a letter is one of a Windows path. */
const INERT = /^(?:[\w@%+=:,./-]|\\(?=\w)|[^\0-\x7F])*$/;

/** The printable ASCII characters that some shell obeys somewhere. */
const OBEYED = /[ -$&-*;<>?[-^`{-~]/g;

/** Lays out rows in columns of equal width, two spaces apart. Control characters in cells must be escaped first. */
export function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries())
      widths[column] = Math.max(widths[column] ?? 0, displayWidth(cell));
  }
  return rows.map((row) =>
    row
      .map((cell, column) => `${cell}${' '.repeat((widths[column] ?? 0) - displayWidth(cell))}`)
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

/**
 * Formats our own words for a line that begins with `#`. Some shells take no comments: pasted there, the words must not
 * be a further command, or begin an `if`, and a command that they quote must not run.
 */
export function commentWords(words: string): string {
  return words.replaceAll('`', '"').replaceAll('; ', ' - ');
}

/**
 * Says what to type for processes that do not exit after `kill`, because they ignore SIGTERM.
 * @param by how the command begins: `sudo ` or nothing
 */
export function ifItStays(pids: readonly number[], by = ''): string {
  return `if it is still there after 10 s, \`${by}kill -KILL ${pids.join(' ')}\``;
}

/**
 * Returns what to put before a command so that another user runs it, found on our PATH.
 * @param account the user as sudo(8) takes it
 * @param variables assignments such as `NAME=value`, quoted for a shell
 */
export function sudoAs(account: string, ...variables: readonly string[]): string {
  return ['sudo -H -u', shellQuote(account), 'env', 'PATH="$PATH"', ...variables].join(' ');
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

/** Formats a moment as in `3 min ago, 14:05`: how long ago, and the local time, with its date if it was not today. */
export function formatMoment(at: string, now: Date): string {
  const moment = new Date(at);
  const two = (number: number): string => String(number).padStart(2, '0');
  const time = `${two(moment.getHours())}:${two(moment.getMinutes())}`;
  const isToday = moment.toDateString() === now.toDateString();
  const date = isToday
    ? ''
    : `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())} `;
  return `${formatAge(at, now)} ago, ${date}${time}`;
}

/** Formats the time since `startedAt` in its largest unit only: `3 d`, `5 h`, `12 min`, `40 s`. */
export function formatAge(startedAt: string, now: Date): string {
  const seconds = Math.max(0, Math.round((now.getTime() - new Date(startedAt).getTime()) / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86_400)} d`;
}
