/** A value that is compared only with its limit. */
export interface Gauge {
  readonly id: string;
  readonly what: string;
  readonly value: number;
  readonly unit: '% CPU' | 'MB' | 'ms' | 'x' | 'packages' | 'processes' | 'walks';
  /** The limit; null for a value that is only for comparison. */
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
  const limit =
    most === null ? 'for comparison' : `${met ? 'within' : 'MISSED:'} at most ${round(most)} ${unit}`;
  return `${what}\n  ${round(value)} ${unit}; ${limit}`;
}

/** Rounds a value for display. */
export function round(value: number): number {
  return Number(value.toFixed(2));
}

export function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? NaN;
}
