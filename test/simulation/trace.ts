/** One step of a run. */
export interface Row {
  readonly step: number;
  /** Milliseconds since the start of the run. */
  readonly at: number;
  readonly who: string;
  readonly what: string;
  /** What the product read or decided. */
  readonly believed: string;
  /** What was true in the model. */
  readonly truth: string;
}

/** The steps of a run, in order. A trace that is not kept costs nothing. */
export interface Trace {
  readonly isKept: boolean;
  readonly rows: readonly Row[];
  add(row: Row): void;
}

export function newTrace(isKept: boolean): Trace {
  const rows: Row[] = [];
  return {
    isKept,
    rows,
    add(row) {
      if (isKept) rows.push(row);
    },
  };
}

const COLUMNS = ['time', 'actor', 'event', 'what the product believed', 'what was true'] as const;
const WIDEST = 60;

/** Prints a trace as a table that a person can follow. */
export function traceTable(rows: readonly Row[]): string {
  const cells = rows.map(({ at, who, what, believed, truth }) => [
    `${at} ms`,
    ...[who, what, believed, truth].map(shortened),
  ]);
  const widths = COLUMNS.map((title, column) =>
    Math.max(title.length, ...cells.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [line(COLUMNS), line(widths.map((width) => '-'.repeat(width))), ...cells.map(line)].join('\n');
}

function shortened(text: string): string {
  return text.length > WIDEST ? `${text.slice(0, WIDEST - 1)}…` : text;
}

/** The rows up to the first violation, without those that only repeat that a file is absent. */
export function untilViolation(rows: readonly Row[]): readonly Row[] {
  const end = rows.findIndex(({ what }) => what === VIOLATION);
  return rows.slice(0, end < 0 ? rows.length : end + 1).filter(({ believed }) => believed !== 'absent');
}

/** The event of a row that says which property is violated. */
export const VIOLATION = 'VIOLATION';
