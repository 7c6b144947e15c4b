/** The two daemon families and the ports reserved for each (spec: "Domain language", NFR-001, NFR-002). */
export type Family = 'sync' | 'dashboard';

/** A half-open range of TCP ports: `first` is in it, `end` is not. */
export interface PortRange {
  readonly first: number;
  readonly end: number;
}

export const PORT_RANGES: Readonly<Record<Family, PortRange>> = {
  sync: { first: 9400, end: 9450 },
  dashboard: { first: 9237, end: 9337 },
};

export function isInRange(port: number, family: Family): boolean {
  const { first, end } = PORT_RANGES[family];
  return port >= first && port < end;
}

/** As ranges are written everywhere: `[9400, 9450)`. */
export function rangeText(family: Family): string {
  const { first, end } = PORT_RANGES[family];
  return `[${first}, ${end})`;
}

/** The ports of a family, in order, but those that are taken. */
export function freePorts(family: Family, taken: readonly number[]): readonly number[] {
  const { first, end } = PORT_RANGES[family];
  return Array.from({ length: end - first }, (_, index) => first + index).filter(
    (port) => !taken.includes(port),
  );
}

/** Whether who listens on this address keeps a daemon of ours, which listens on 127.0.0.1, from its port. */
export function blocksOurPort(address: string): boolean {
  return ['127.0.0.1', '0.0.0.0', '::', '::ffff:127.0.0.1', '::ffff:0.0.0.0'].includes(address);
}
