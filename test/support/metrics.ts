/** `name{sorted labels}` -> value, from a text of metrics. */
export function seriesIn(text: string): ReadonlyMap<string, number> {
  const series = new Map<string, number>();
  for (const line of text.split('\n')) {
    const [, name = '', labels = '', value] = SAMPLE.exec(line) ?? [];
    if (value === undefined) continue;
    const pairs = labels.match(LABEL) ?? [];
    series.set(`${name}{${pairs.toSorted().join(',')}}`, Number(value));
  }
  return series;
}

const SAMPLE = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/;
const LABEL = /[a-z0-9_]+="(?:[^"\\]|\\.)*"/g;
