/** Something that is compared with nothing but its limit. */
export interface Gauge {
  readonly id: string;
  readonly what: string;
  readonly value: number;
  readonly unit: '% CPU' | 'MB' | 'ms' | 'x' | 'packages';
  readonly most: number;
  readonly met: boolean;
}

export function gauge(id: string, what: string, value: number, unit: Gauge['unit'], most: number): Gauge {
  return { id, what, value: Number(value.toFixed(3)), unit, most, met: value <= most };
}

export function formatGauge({ what, value, unit, most, met }: Gauge): string {
  return `${what}\n  ${value.toFixed(2)} ${unit}; ${met ? 'within' : 'MISSED:'} at most ${most} ${unit}`;
}

export function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? NaN;
}
