import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { isInRange } from '../../src/model/family.js';
import { describeIf, hasNetworkNamespace, hasPython, hasStrace, isRoot } from '../support/requires.js';
import { createWorld } from '../support/world.js';
import { matrixPage } from './page.js';
import { moveIn } from './street.js';
import { type Entrypoint, ENTRYPOINTS, familyOf, mustGo, type Street, streets } from './table.js';
import { use } from './way-in.js';

/** Most of a run is waiting. */
const AT_ONCE = 3;

test('the page shows the table', () => {
  expect(readFileSync('docs/boundary-matrix.md', 'utf8')).toBe(matrixPage());
});

test('everybody stands once on every port (NFR-004)', () => {
  const places = streets().flatMap((street) => street.map(({ name, port }) => `${name} ${port}`));
  expect(new Set(places).size).toBe(16 * 8);
  expect(places).toHaveLength(16 * 8);
});

describeIf(
  [hasNetworkNamespace, hasPython, hasStrace, isRoot],
  'the boundary matrix (AS-6, NFR-001 to NFR-004, SC-004)',
  () => {
    test.each(ENTRYPOINTS)(
      '%s: who must go goes, who must live lives, and nothing crosses the wall (AS-6, NFR-001, NFR-002, NFR-003, NFR-004, C-002, SC-004)',
      async (entrypoint) => {
        const left = [...streets()];
        const objections: string[] = [];
        const work = async (): Promise<void> => {
          for (let street = left.shift(); street; street = left.shift())
            objections.push(...(await play(street, entrypoint)));
        };
        await Promise.all(Array.from({ length: AT_ONCE }, work));
        expect(objections).toEqual([]);
      },
      240_000,
    );
  },
);

/** One live run. @returns what must not have happened, in words */
async function play(street: Street, entrypoint: Entrypoint): Promise<readonly string[]> {
  const world = await createWorld();
  try {
    const residents = await moveIn(world, street, entrypoint);
    const { trouble, report, ports, signals, requests } = await use(world, entrypoint);
    const goers = residents.filter(({ name, port }) => mustGo(name, port, entrypoint));
    const family = familyOf(entrypoint);
    const at = street.map(({ name, port }) => `${name}:${port}`).join(' ');
    return [
      ...(trouble === null ? [] : [trouble]),
      // Somebody in its range is always there to be asked: a watch that sees nothing would prove nothing.
      ...(ports.length > 0 || entrypoint === 'self-retirement' ? [] : ['nobody was asked anything']),
      ...residents.flatMap((resident) => {
        const { name, port, alive, wasAsked } = resident;
        const goes = goers.includes(resident);
        const isWronged = !goes && (wasAsked() || !alive());
        return [
          ...(isWronged
            ? [`${name} on ${port} had to live, and was ${alive() ? 'asked to leave' : 'ended'}`]
            : []),
          ...(goes && alive()
            ? [`${name} on ${port} had to go, and is there: ${entryFor(port, report)}`]
            : []),
        ];
      }),
      ...ports.filter((port) => !isInRange(port, family)).map((port) => `a connection to ${port}`),
      ...requests
        .filter((port) => !goers.some((goer) => goer.port === port))
        .map((port) => `a request to leave to ${port}`),
      ...signals
        .filter((signal) => !goers.some(({ pid }) => signal.endsWith(` ${pid}`)))
        .map((signal) => `a signal: ${signal}`),
    ].map((words) => `${entrypoint}: ${words} [${at}]`);
  } finally {
    await world.close();
  }
}

/** What a report says of a port, wherever it does. */
function entryFor(port: number, report: string): string {
  const entries: unknown[] = [];
  JSON.parse(report, (key, value: unknown) => {
    if (typeof value === 'object' && value !== null && 'port' in value && value.port === port)
      entries.push({ [key]: value });
    return value;
  });
  return JSON.stringify(entries);
}
