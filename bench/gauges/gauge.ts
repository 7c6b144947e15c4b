/** Something that is compared with nothing but its limit. */
export interface Gauge {
  readonly id: string;
  readonly what: string;
  readonly value: number;
  readonly unit: '% CPU' | 'MB' | 'ms' | 'x' | 'packages' | 'processes' | 'walks';
  /** Null where it is there for comparison. */
  readonly most: number | null;
  readonly met: boolean;
}

export function gauge(
  id: string,
  what: string,
  value: number,
  unit: Gauge['unit'],
  most: Gauge['most'],
): Gauge {
  return { id, what, value: Number(value.toFixed(3)), unit, most, met: most === null || value <= most };
}

export function formatGauge({ what, value, unit, most, met }: Gauge): string {
  const limit = most === null ? 'for comparison' : `${met ? 'within' : 'MISSED:'} at most ${most} ${unit}`;
  return `${what}\n  ${Number(value.toFixed(2))} ${unit}; ${limit}`;
}

export function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? NaN;
}
