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
    // A longer row says more: a shorter one must not change a part of it first.
    this.#rows = rows.toSorted((a, b) => String(b.was).length - String(a.was).length);
  }

  /** Whether one text became the other by intended changes alone. */
  explain(was: string, is: string): boolean {
    if (!was.includes(' ') && !is.includes(' ')) return false;
    return hunks(was.split('\n'), is.split('\n')).every((hunk) => this.#explainHunk(...hunk));
  }

  #explainHunk(was: string, is: string): boolean {
    let text = was;
    const applied: IntendedChange[] = [];
    for (const row of this.#rows) {
      const next = text.replaceAll(patternOf(row.was), (found, ...groups) => {
        const captured = groups.filter((group): group is string => typeof group === 'string').slice(0, -1);
        const changed = filled(row.is, captured);
        // A row may be needed for one text, and change another in which the old words still stand.
        return is.includes(changed) ? changed : found;
      });
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
    return [{ at, was, is }];
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

/** A difference, and the rows that would declare it intended. */
export function describe(difference: Difference): string {
  return [difference.at, ...rowsFor(difference)].join('\n');
}

/** One row for each line that changed, from the first column that differs to the last; whole, where lines came or went. */
export function rowsFor({ was, is }: Difference): readonly string[] {
  return hunks(was.split('\n'), is.split('\n')).map(([before, after]) => {
    const [old, now] =
      before.includes('\n') || after.includes('\n') ? [before, after] : columns(before, after);
    return `  { was: ${quoted(old)}, is: ${quoted(now)}, reason: PLAIN },`;
  });
}

/** The stretches of lines that differ; those of as many lines on both sides line by line. */
function hunks(was: readonly string[], is: readonly string[]): readonly (readonly [string, string])[] {
  const found: (readonly [string, string])[] = [];
  let [before, after] = [0, 0];
  while (before < was.length || after < is.length) {
    if (before < was.length && was[before] === is[after]) {
      before++;
      after++;
      continue;
    }
    const [old, now] = [[] as string[], [] as string[]];
    const [nextBefore, nextAfter] = nextEqual(was, is, before, after);
    old.push(...was.slice(before, nextBefore));
    now.push(...is.slice(after, nextAfter));
    if (old.length === now.length) found.push(...old.map((line, index) => [line, now[index] ?? ''] as const));
    else found.push([old.join('\n'), now.join('\n')]);
    [before, after] = [nextBefore, nextAfter];
  }
  return found.filter(([old, now]) => old !== now);
}

function nextEqual(
  was: readonly string[],
  is: readonly string[],
  before: number,
  after: number,
): readonly [number, number] {
  for (let sum = 1; sum <= was.length - before + is.length - after; sum++)
    for (let skipped = 0; skipped <= sum; skipped++) {
      const [old, now] = [before + skipped, after + sum - skipped];
      if (old < was.length && now < is.length && was[old] === is[now] && was[old] !== '') return [old, now];
    }
  return [was.length, is.length];
}

function columns(was: string, is: string): readonly [string, string] {
  const [old, now] = [was.split('  '), is.split('  ')];
  if (old.length !== now.length) return [was, is];
  while (old.length > 1 && old[0] === now[0]) {
    old.shift();
    now.shift();
  }
  while (old.length > 1 && old.at(-1) === now.at(-1)) {
    old.pop();
    now.pop();
  }
  return [old.join('  '), now.join('  ')];
}

function quoted(text: string): string {
  return JSON.stringify(text.replaceAll(/<pid [^>]*>/g, '<pid>'));
}

/** `<pid>` in a row stands for any process, and for the same in both texts. */
function patternOf(was: string | RegExp): RegExp {
  if (typeof was !== 'string') return was;
  const literal = was.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(literal.replaceAll('<pid>', '(<pid [^>]*>)'), 'g');
}

function filled(is: string, captured: readonly string[]): string {
  const left = [...captured];
  return is
    .replaceAll('<pid>', () => left.shift() ?? '<pid>')
    .replaceAll(/\$(\d)/g, (_, number: string) => captured[Number(number) - 1] ?? '');
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
