import { rangesText } from '../model/family.js';

/** One or more equal things. */
export type Group<One> = readonly [One, ...One[]];

/** Groups things with equal keys, in the order of their first ones, so that identical findings are one. */
export function groupedBy<One>(
  all: readonly One[],
  keyOf: (one: One) => readonly unknown[],
): readonly Group<One>[] {
  const groups = new Map<string, Group<One>>();
  for (const one of all) {
    const key = JSON.stringify(keyOf(one));
    const before = groups.get(key);
    groups.set(key, before ? [...before, one] : [one]);
  }
  return [...groups.values()];
}

/** Returns ports as words, with ranges: `port 9401`, `ports 9401-9403, 9406`. */
export function portsWords(ports: readonly number[]): string {
  const distinct = [...new Set(ports)];
  return `${distinct.length === 1 ? 'port' : 'ports'} ${rangesText(distinct)}`;
}
