import { commentWords, displayWidth, type Style, table } from './terminal.js';

/** Where text is printed. Lines stay within `columns`, unless a single word of a command is wider. */
export interface Screen {
  readonly style: Style;
  /** Width of the terminal; Infinity if the output is no terminal. */
  readonly columns: number;
  /** Whether the user's shell joins a line that ends in a backslash with the next one. */
  readonly joinsLines: boolean;
}

/** A column of a table that fits the screen. */
export interface Column {
  readonly head: string;
  /** The width down to which cells may be shortened. */
  readonly least: number;
  /** The column with the highest number is dropped first. A column without a number is never dropped. */
  readonly dropOrder?: number;
  /** A shortened cell keeps its end, such as the port of an address. */
  readonly keepsEnd?: true;
}

/** Lays out a table: columns are shortened, and then dropped, until it fits. Cells must be escaped first. */
export function fitTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  limit: number,
): readonly string[] {
  const measured = columns.map((column, index) => {
    const width = Math.max(...[column.head, ...rows.map((row) => row[index] ?? '')].map(displayWidth));
    return { column, index, width, least: Math.min(width, column.least) };
  });
  const order = measured.toSorted((one, other) => dropOrder(other.column) - dropOrder(one.column));
  let kept = measured;
  for (const each of order) {
    if (each.column.dropOrder === undefined || total(kept.map(({ least }) => least)) <= limit) break;
    kept = kept.filter((one) => one !== each);
  }
  let excess = total(kept.map(({ width }) => width)) - limit;
  const widths = new Map<number, number>();
  for (const { index, width, least } of order) {
    const less = Math.max(0, Math.min(excess, width - least));
    widths.set(index, width - less);
    if (kept.some((one) => one.index === index)) excess -= less;
  }
  return table(
    [columns.map(({ head }) => head), ...rows].map((row) =>
      kept.map(({ column, index }) => {
        const shorten = column.keepsEnd ? cutStart : cut;
        return shorten(row[index] ?? '', widths.get(index) ?? 0);
      }),
    ),
  );
}

function dropOrder({ dropOrder: order }: Column): number {
  return order ?? -1;
}

const GAP = 2;

function total(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, 0) + GAP * (widths.length - 1);
}

/** Lays out rows in columns. The text of the last column is wrapped beside the others, or below them without room. */
export function hangingTable(rows: readonly (readonly string[])[], columns: number): readonly string[] {
  const leads = table(rows.map((row) => row.slice(0, -1)));
  const lead = Math.max(0, ...leads.map(displayWidth)) + GAP;
  const isBeside = columns - lead >= LEAST_BESIDE;
  const indent = isBeside ? lead : BELOW;
  return rows.flatMap((row, index) => {
    const [first = '', ...more] = wrap(row.at(-1) ?? '', columns - indent);
    const start = leads[index] ?? '';
    const below = more.map((line) => `${' '.repeat(indent)}${line}`);
    if (!isBeside) return [...leadLines(start, columns), `${' '.repeat(indent)}${first}`, ...below];
    return [`${start}${' '.repeat(lead - displayWidth(start))}${first}`.trimEnd(), ...below];
  });
}

function leadLines(lead: string, columns: number): readonly string[] {
  const indent = /^ */.exec(lead)?.[0] ?? '';
  return displayWidth(lead) <= columns
    ? [lead]
    : wrapBehind(indent, lead.trim().replaceAll(/ +/g, ' '), columns);
}

const LEAST_BESIDE = 24;
const BELOW = 4;

/** Breaks text at its spaces, and a word that is too wide where the line ends. A name of several words stays together. */
export function wrap(text: string, columns: number): readonly string[] {
  if (displayWidth(text) <= columns) return [text];
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(BLANK)) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (displayWidth(longer) <= columns) {
      line = longer;
      continue;
    }
    if (line !== '') lines.push(line.trimEnd());
    const pieces = piecesOf(word, columns);
    lines.push(...pieces.slice(0, -1));
    line = pieces.at(-1) ?? '';
  }
  return [...lines, line];
}

/** A blank of our words. One of a name has a backslash before it (`inertName`). */
const BLANK = /(?<!\\) /;

/** Wraps text behind a mark, with the further lines below the text. */
export function wrapBehind(mark: string, text: string, columns: number): readonly string[] {
  const indent = displayWidth(mark);
  return wrap(text, columns - indent).map(
    (line, index) => `${index === 0 ? mark : ' '.repeat(indent)}${line}`,
  );
}

function piecesOf(word: string, columns: number): readonly string[] {
  const pieces: string[] = [];
  let piece = '';
  // An escaped character stays with its backslash.
  for (const [character] of word.matchAll(/\\?./gsu)) {
    if (piece !== '' && displayWidth(piece + character) > columns) {
      pieces.push(piece);
      piece = '';
    }
    piece += character;
  }
  return [...pieces, piece];
}

/** Shortens text to a width, and marks the place. */
export function cut(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  return `${piecesOf(text, columns - 1)[0] ?? ''}…`;
}

/** Shortens text to a width by its start, and marks the place. */
export function cutStart(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  let end = text;
  while (displayWidth(end) >= columns) end = end.replace(/^./su, '');
  return `…${end}`;
}

/**
 * Formats a step: what it does, and below it the command, which stands alone on its line, because some shells take no
 * comments. A command that does not fit is broken between words, so that its lines can be pasted together. A single
 * word is never broken.
 * @param command null if no single command does the step
 */
export function stepLines(
  { command, effect }: { readonly command: string | null; readonly effect: string },
  { style, columns, joinsLines }: Screen,
): readonly string[] {
  const comment = wrap(commentWords(effect), columns - STEP.length - '# '.length).map((line) =>
    style.dim(`# ${line}`),
  );
  if (command === null) return comment.map((line) => `${STEP}${line}`);
  const lines = joinsLines ? commandLines(command, columns - STEP.length) : [command];
  return [...comment, ...lines.map((line) => style.bold(line))].map((line) => `${STEP}${line}`);
}

const STEP = '    ';

/** Breaks a command at the blanks between its words. */
function commandLines(command: string, columns: number): readonly string[] {
  const words = command.match(SHELL_WORD) ?? [];
  if (words.join(' ') !== command) return [command];
  const lines: string[] = [];
  let line = '';
  for (const [index, word] of words.entries()) {
    const longer = line === '' ? word : `${line} ${word}`;
    const isLast = index === words.length - 1;
    if (line !== '' && displayWidth(longer) + (isLast ? 0 : CONTINUED.length) > columns) {
      lines.push(`${line}${CONTINUED}`);
      line = `  ${word}`;
    } else line = longer;
  }
  return [...lines, line];
}

const CONTINUED = ' \\';

/** A word of a command with its quotes, as `shellQuote` writes them. */
const SHELL_WORD = /(?:\$'(?:\\.|[^'\\])*'|'[^']*'|"[^"]*"|\\.|[^\s'"\\])+/g;

/** Returns a number with its noun: `1 state`, `2 states`. */
export function counted(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
