/** The two daemon families. Cleanup for one family never touches a listener of the other (C-001, C-002). */
export type Family = 'sync' | 'dashboard';

/** The noun for a daemon of each family in messages. */
export const FAMILY_NOUNS: Readonly<Record<Family, string>> = { sync: 'sync daemon', dashboard: 'dashboard' };

export function otherFamily(family: Family): Family {
  return family === 'sync' ? 'dashboard' : 'sync';
}

/** A half-open range of TCP ports: `first` is included, `end` is not. */
export interface PortRange {
  readonly first: number;
  readonly end: number;
}

/** The reserved ports of each family (NFR-001, NFR-002). */
export const PORT_RANGES: Readonly<Record<Family, PortRange>> = {
  sync: { first: 9400, end: 9450 },
  dashboard: { first: 9237, end: 9337 },
};

export function isInRange(port: number, family: Family): boolean {
  const { first, end } = PORT_RANGES[family];
  return port >= first && port < end;
}

/** Returns the port range of a family as text: `[9400, 9450)`. */
export function rangeText(family: Family): string {
  const { first, end } = PORT_RANGES[family];
  return `[${first}, ${end})`;
}

/** Returns the ports of a family that are not in `taken`, in ascending order. */
export function freePorts(family: Family, taken: readonly number[]): readonly number[] {
  const { first, end } = PORT_RANGES[family];
  return Array.from({ length: end - first }, (_, index) => first + index).filter(
    (port) => !taken.includes(port),
  );
}

/** Whether a listener on this address keeps our daemon, which listens on 127.0.0.1, from using the same port. */
export function blocksOurPort(address: string): boolean {
  return ['127.0.0.1', '0.0.0.0', '::', '::ffff:127.0.0.1', '::ffff:0.0.0.0'].includes(address);
}

/** Returns ports or PIDs as text, with ranges: `9401-9403, 9406`. */
export function rangesText(numbers: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const number of numbers.toSorted((one, other) => one - other)) {
    const last = ranges.at(-1);
    if (last && number <= last[1] + 1) last[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join(', ');
}
