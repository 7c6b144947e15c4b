import type { IntendedChange } from './intended.js';
import type { Json } from './names.js';

export interface Difference {
  /** Where it is: the step, and the path in what it came to. */
  readonly at: string;
  readonly was: string;
  readonly is: string;
}

/** The intended changes of text, and which of them were needed. A reason code has no space: no row reaches it. */
export class IntendedChanges {
  readonly #rows: readonly IntendedChange[];
  readonly #used = new Set<IntendedChange>();

  constructor(rows: readonly IntendedChange[]) {
    this.#rows = rows;
  }

  /** Whether one text became the other by intended changes alone. */
  explain(was: string, is: string): boolean {
    if (!was.includes(' ') && !is.includes(' ')) return false;
    let text = was;
    const applied: IntendedChange[] = [];
    for (const row of this.#rows) {
      // A row may be needed for one text, and change another in which the old words still stand.
      if (typeof row.was === 'string' && !is.includes(row.is)) continue;
      const next = text.replaceAll(row.was, row.is);
      if (next === text) continue;
      text = next;
      applied.push(row);
    }
    if (text !== is) return false;
    for (const row of applied) this.#used.add(row);
    return true;
  }

  unused(): readonly IntendedChange[] {
    return this.#rows.filter((row) => !this.#used.has(row));
  }
}

/** What differs beyond the intended changes. Object keys have no order; lists have. */
export function differences(was: Json, is: Json, intended: IntendedChanges, at = ''): readonly Difference[] {
  if (typeof was === 'string' && typeof is === 'string') {
    if (was === is || intended.explain(was, is)) return [];
    return [{ at, ...onlyLines(was, is) }];
  }
  if (isList(was) && isList(is) && was.length === is.length)
    return was.flatMap((each, index) => differences(each, is[index] ?? null, intended, `${at}[${index}]`));
  if (isObject(was) && isObject(is)) {
    const keys = [...new Set([...Object.keys(was), ...Object.keys(is)])];
    return keys.flatMap((key) => {
      const [before, after] = [was[key], is[key]];
      const where = `${at}.${key}`;
      if (before === undefined || after === undefined)
        return [{ at: where, was: shown(before), is: shown(after) }];
      return differences(before, after, intended, where);
    });
  }
  return JSON.stringify(was) === JSON.stringify(is) ? [] : [{ at, was: shown(was), is: shown(is) }];
}

/** A difference, and the row that would declare it intended. */
export function describe({ at, was, is }: Difference): string {
  return `${at}\n  { was: ${JSON.stringify(was)},\n    is: ${JSON.stringify(is)}, reason: '' },`;
}

/** Of longer texts the lines between what both begin and end with. */
function onlyLines(was: string, is: string): { readonly was: string; readonly is: string } {
  const [before, after] = [was.split('\n'), is.split('\n')];
  while (before.length > 1 && after.length > 1 && before[0] === after[0]) {
    before.shift();
    after.shift();
  }
  while (before.length > 1 && after.length > 1 && before.at(-1) === after.at(-1)) {
    before.pop();
    after.pop();
  }
  return { was: before.join('\n'), is: after.join('\n') };
}

function shown(value: Json | undefined): string {
  return value === undefined ? '(nothing)' : JSON.stringify(value);
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function isObject(value: Json): value is Exclude<Json, Leaf | readonly Json[]> {
  return typeof value === 'object' && value !== null && !isList(value);
}

type Leaf = null | boolean | number | string;
