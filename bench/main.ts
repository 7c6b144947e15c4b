import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { hasNetworkNamespace, hasPython } from '../test/support/requirements.js';
import { type Figure, figureOf, formatFigure } from './figures.js';
import { measureAtRest } from './gauges/at-rest.js';
import { measureCrowd } from './gauges/crowd.js';
import { measureDoubling } from './gauges/doubling.js';
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
 * `npm run bench [-- --json | --write] [ID...]`: exit code 0 when all budgets are met, 1 when one is missed, 2 when a
 * benchmark could not be measured. `--write` puts the results of a complete run into docs/benchmarks.md.
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
  doubling: measureDoubling,
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
  if (write && ids.length > 0) return refuse('--write needs a complete run: give no benchmark ids');
  const { figures, gauges, errors } = await measureAll(ids, json);
  const report = reportOf(figures, gauges);
  if (json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  if (errors.length > 0) return refuse(errors.join('\n'));
  if (write) writePage(report);
  const missed = [...figures, ...gauges].filter(({ met }) => !met).map(({ id }) => id);
  if (missed.length > 0) process.stderr.write(`\nbudget missed: ${missed.join(', ')}\n`);
  return missed.length > 0 ? 1 : 0;
}

/**
 * Runs the benchmarks with these ids, or all if there are no ids. An error in one benchmark does not stop the others.
 */
async function measureAll(
  ids: readonly string[],
  json: boolean,
): Promise<{ readonly figures: Figure[]; readonly gauges: Gauge[]; readonly errors: string[] }> {
  const interrupt = new AbortController();
  // Ctrl-C aborts instead of exiting, so that the test worlds are closed.
  process.once('SIGINT', () => {
    interrupt.abort();
  });
  const figures: Figure[] = [];
  const gauges: Gauge[] = [];
  const errors: string[] = [];
  const print = (text: string): void => {
    if (!json) process.stdout.write(`${text}\n`);
  };
  const attempt = async (id: string, take: () => Promise<void>): Promise<void> => {
    if (interrupt.signal.aborted || (ids.length > 0 && !ids.includes(id))) return;
    try {
      await take();
    } catch (error) {
      errors.push(`${id}: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  for (const scenario of SCENARIOS) {
    await attempt(scenario.id, async () => {
      const figure = figureOf(scenario, await measure(scenario, interrupt.signal));
      figures.push(figure);
      print(formatFigure(figure));
    });
  }
  for (const [id, read] of Object.entries(GAUGES)) {
    await attempt(id, async () => {
      const found = await read();
      gauges.push(...found);
      for (const gauge of found) print(formatGauge(gauge));
    });
  }
  return { figures, gauges, errors };
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
