import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { isInRange } from '../../src/model/family.js';
import { describeIf, hasNetworkNamespace, hasPython, hasStrace, isRoot } from '../support/requires.js';
import { createWorld } from '../support/world.js';
import { matrixPage } from './page.js';
import { runEntrypoint } from './entrypoint.js';
import { startLayout } from './layout.js';
import { type Entrypoint, ENTRYPOINTS, familyOf, type Layout, layouts, mustStop } from './table.js';

/** Runs mostly wait, so several run concurrently. */
const CONCURRENT_RUNS = 3;

test('docs/boundary-matrix.md is generated from the table', () => {
  expect(readFileSync('docs/boundary-matrix.md', 'utf8')).toBe(matrixPage());
});

test('each kind of listener is on each port once (NFR-004)', () => {
  const places = layouts().flatMap((layout) => layout.map(({ name, port }) => `${name} ${port}`));
  expect(new Set(places).size).toBe(16 * 8);
  expect(places).toHaveLength(16 * 8);
});

describeIf(
  [hasNetworkNamespace, hasPython, hasStrace, isRoot],
  'the boundary matrix (AS-6, NFR-001 to NFR-004, SC-004)',
  () => {
    test.each(ENTRYPOINTS)(
      "%s: stops exactly the listeners of the table, and stays within its family's range (AS-6, NFR-001, NFR-002, NFR-003, NFR-004, C-002, SC-004)",
      async (entrypoint) => {
        const left = [...layouts()];
        const violations: string[] = [];
        const work = async (): Promise<void> => {
          for (let layout = left.shift(); layout; layout = left.shift())
            violations.push(...(await violationsIn(layout, entrypoint)));
        };
        await Promise.all(Array.from({ length: CONCURRENT_RUNS }, work));
        expect(violations).toEqual([]);
      },
      240_000,
    );
  },
);

/** Runs an entrypoint once against real processes. @returns the violations of the table */
async function violationsIn(layout: Layout, entrypoint: Entrypoint): Promise<readonly string[]> {
  const world = await createWorld();
  try {
    const listeners = await startLayout(world, layout, entrypoint);
    const { error, report, ports, signals, requests } = await runEntrypoint(world, entrypoint);
    const toStop = listeners.filter(({ name, port }) => mustStop(name, port, entrypoint));
    const family = familyOf(entrypoint);
    const places = layout.map(({ name, port }) => `${name}:${port}`).join(' ');
    return [
      ...(error === null ? [] : [error]),
      // The range always has a listener to probe: a trace without connections would prove nothing.
      ...(ports.length > 0 || entrypoint === 'self-retirement' ? [] : ['no listener was probed']),
      ...listeners.flatMap((listener) => {
        const { name, port, alive, gotRequest } = listener;
        const isTarget = toStop.includes(listener);
        const isWronged = !isTarget && (gotRequest() || !alive());
        return [
          ...(isWronged
            ? [`${name} on ${port} must survive, and ${alive() ? 'got a shutdown request' : 'was stopped'}`]
            : []),
          ...(isTarget && alive()
            ? [`${name} on ${port} must be stopped, and is alive: ${entriesFor(port, report)}`]
            : []),
        ];
      }),
      ...ports.filter((port) => !isInRange(port, family)).map((port) => `a connection to ${port}`),
      ...requests
        .filter((port) => !toStop.some((target) => target.port === port))
        .map((port) => `a shutdown request to ${port}`),
      ...signals
        .filter((signal) => !toStop.some(({ pid }) => signal.endsWith(` ${pid}`)))
        .map((signal) => `a signal: ${signal}`),
    ].map((violation) => `${entrypoint}: ${violation} [${places}]`);
  } finally {
    await world.close();
  }
}

/** Every entry of a report for a port, wherever it stands. */
function entriesFor(port: number, report: string): string {
  const entries: unknown[] = [];
  JSON.parse(report, (key, value: unknown) => {
    if (typeof value === 'object' && value !== null && 'port' in value && value.port === port)
      entries.push({ [key]: value });
    return value;
  });
  return JSON.stringify(entries);
}
