import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { hasNetworkNamespace, hasPython } from '../test/support/machine.js';
import { type Figure, figureOf, formatFigure } from './figures.js';
import { measureAtRest } from './gauges/at-rest.js';
import { measureCrowd } from './gauges/crowd.js';
import { measureEventLoop } from './gauges/event-loop.js';
import { formatGauge, type Gauge } from './gauges/gauge.js';
import { measureInstead } from './gauges/instead.js';
import { measureMemory } from './gauges/memory.js';
import { measurePackage } from './gauges/package.js';
import { measureWalks } from './gauges/walks.js';
import { measure } from './measure.js';
import { type BenchReport, writePage } from './page.js';
import { SCENARIOS } from './scenarios.js';

/**
 * `npm run bench [-- --json | --write] [ID...]`: 0 when every budget is kept, 1 when one is missed, 2 when it could not
 * be measured. `--write` puts a whole run into docs/benchmarks.md.
 */
const { values, positionals } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});

const GAUGES: Readonly<Record<string, () => Promise<readonly Gauge[]>>> = {
  memory: measureMemory,
  crowd: measureCrowd,
  walks: measureWalks,
  event_loop: measureEventLoop,
  daemon_at_rest: measureAtRest,
  package: measurePackage,
  instead: measureInstead,
};
const KNOWN = [...SCENARIOS.map(({ id }) => id), ...Object.keys(GAUGES)];

process.exitCode = await main(values, positionals);

async function main(
  { json, write }: { readonly json: boolean; readonly write: boolean },
  ids: readonly string[],
): Promise<0 | 1 | 2> {
  const unknown = ids.filter((id) => !KNOWN.includes(id));
  const missing = [hasPython, hasNetworkNamespace].filter(({ met }) => !met);
  if (unknown.length > 0 || missing.length > 0) {
    const why = missing.map((requirement) => requirement.missing);
    return refuse(
      [...why, ...unknown.map((id) => `no benchmark \`${id}\` (there are ${KNOWN.join(', ')})`)].join('; '),
    );
  }
  if (write && ids.length > 0) return refuse('--write takes a whole run: name no benchmark');
  try {
    const figures = await run(ids, json);
    const gauges = await readGauges(ids, json);
    const missed = [...figures, ...gauges].filter(({ met }) => !met).map(({ id }) => id);
    const report = reportOf(figures, gauges);
    if (json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
    if (write) writePage(report);
    if (missed.length > 0) process.stderr.write(`\nbudget missed: ${missed.join(', ')}\n`);
    return missed.length > 0 ? 1 : 0;
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

async function run(ids: readonly string[], json: boolean): Promise<readonly Figure[]> {
  const interrupt = new AbortController();
  // The worlds are closed on the way out: nothing stays behind.
  process.once('SIGINT', () => {
    interrupt.abort();
  });
  const figures: Figure[] = [];
  for (const scenario of SCENARIOS.filter(({ id }) => ids.length === 0 || ids.includes(id))) {
    const figure = figureOf(scenario, await measure(scenario, interrupt.signal));
    figures.push(figure);
    if (!json) process.stdout.write(`${formatFigure(figure)}\n`);
  }
  return figures;
}

async function readGauges(ids: readonly string[], json: boolean): Promise<readonly Gauge[]> {
  const gauges: Gauge[] = [];
  for (const [id, read] of Object.entries(GAUGES)) {
    if (ids.length > 0 && !ids.includes(id)) continue;
    const found = await read();
    gauges.push(...found);
    if (!json) process.stdout.write(found.map((gauge) => `${formatGauge(gauge)}\n`).join(''));
  }
  return gauges;
}

function reportOf(figures: readonly Figure[], gauges: readonly Gauge[]): BenchReport {
  return {
    schema_version: 1,
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    cores: availableParallelism(),
    figures,
    gauges,
  };
}

function refuse(why: string): 2 {
  process.stderr.write(`cannot measure: ${why}\n`);
  return 2;
}
