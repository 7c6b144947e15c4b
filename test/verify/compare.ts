import type { Json } from './names.js';

export interface Difference {
  /** The step, and the path of the value in its result. */
  readonly at: string;
  readonly was: string;
  readonly is: string;
}

/**
 * Fields whose texts are for people. They were reworded on purpose, so only whether there is a text is compared. Codes,
 * commands, requests, signals, files and every other value must be equal.
 */
const TEXTS: ReadonlySet<string> = new Set([
  ...['stdout', 'stderr', 'content', 'says'],
  ...['because', 'detail', 'effect', 'hint', 'message', 'next_step', 'summary', 'why'],
]);

/** The values that differ. Object keys have no order; lists have. */
export function differences(was: Json, is: Json, at = ''): readonly Difference[] {
  if (isText(was, at) && isText(is, at) && (was === '') === (is === '')) return [];
  if (isList(was) && isList(is) && was.length === is.length)
    return was.flatMap((each, index) => differences(each, is[index] ?? null, `${at}[${index}]`));
  if (isObject(was) && isObject(is)) {
    const keys = [...new Set([...Object.keys(was), ...Object.keys(is)])];
    return keys.flatMap((key) => {
      const [before, after] = [was[key], is[key]];
      const where = `${at}.${key}`;
      if (before === undefined || after === undefined)
        return [{ at: where, was: shown(before), is: shown(after) }];
      return differences(before, after, where);
    });
  }
  return JSON.stringify(was) === JSON.stringify(is) ? [] : [{ at, was: shown(was), is: shown(is) }];
}

export function describe({ at, was, is }: Difference): string {
  return `${at}\n  was ${was}\n  is  ${is}`;
}

function isText(value: Json, at: string): value is string {
  const [field = ''] = /\w+$/.exec(at) ?? [];
  return typeof value === 'string' && TEXTS.has(field);
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
