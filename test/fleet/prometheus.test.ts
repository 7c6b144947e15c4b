import { expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { seriesIn } from '../support/metrics.js';
import { NODE_EXPORTER } from '../support/node-exporter.js';
import { describeIf, hasNetworkNamespace, hasPython, hasTools, SYSTEM_PATH } from '../support/requires.js';
import { createWorld, type World } from '../support/world.js';

/** A world with an orphan, and a folder with doctor's metrics for two roots, as timers of two users write them. */
async function withMetrics(use: (world: World, textfiles: string) => Promise<void> | void): Promise<void> {
  const world = await createWorld();
  try {
    world.recordSingleton(await world.startDaemon({ port: 9400, version: '3.2.5' }));
    await world.startDaemon({ port: 9401, version: '3.2.2' });
    await world.startDaemon({ port: 9402, version: '3.1.4' });
    const textfiles = join(world.folder, 'textfiles');
    mkdirSync(textfiles);
    for (const [name, root] of [
      ['one', world.root],
      ['other', join(world.folder, 'other-root')],
    ] as const) {
      const words = ['auth', 'doctor', '--format', 'openmetrics', '--out', join(textfiles, `${name}.prom`)];
      const { code, stderr } = await world.run(words, { env: { SPEC_KITTY_HOME: root } });
      expect([code, stderr]).toEqual([1, '']);
    }
    await use(world, textfiles);
  } finally {
    await world.close();
  }
}

describeIf([hasNetworkNamespace, hasPython, hasTools(NODE_EXPORTER)], 'node_exporter', () => {
  test('serves every value of every root', () =>
    withMetrics(async (world, textfiles) => {
      const scrape = await world.startNodeExporter(textfiles);
      const served = seriesIn(await scrape());
      expect(served.get('node_textfile_scrape_error{}')).toBe(0);
      const written = ['one', 'other'].flatMap((name) => [
        ...seriesIn(readFileSync(join(textfiles, `${name}.prom`), 'utf8')),
      ]);
      expect(written.length).toBeGreaterThan(30);
      expect([...served].filter(([series]) => series.startsWith('spec_kitty_')).toSorted()).toEqual(
        written.toSorted(),
      );
    }));
});

describeIf([hasTools('promtool')], 'the alert rules, for promtool', () => {
  test.each([['check'], ['test']])('pass: %s', (verb) => {
    const file = verb === 'check' ? 'spec-kitty.rules.yml' : 'spec-kitty.rules.test.yml';
    const { status, stderr } = spawnSync('promtool', [verb, 'rules', file], {
      cwd: 'docs/fleet',
      env: { PATH: SYSTEM_PATH },
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});

describeIf([hasNetworkNamespace, hasPython], 'the alert rules and their page', () => {
  test('the page names every metric, and no others', () =>
    withMetrics((_world, textfiles) => {
      const written = readFileSync(join(textfiles, 'one.prom'), 'utf8').matchAll(/^# TYPE (\w+)/gm);
      const page = readFileSync('docs/fleet/README.md', 'utf8').matchAll(/`(spec_kitty_\w+)`/g);
      const names = (all: Iterable<RegExpMatchArray>) => new Set(Array.from(all, ([, name]) => name));
      expect(names(page)).toEqual(names(written));
    }));

  test('the rules use only series that doctor writes', () =>
    withMetrics((_world, textfiles) => {
      const written = [...seriesIn(readFileSync(join(textfiles, 'one.prom'), 'utf8')).keys()];
      const rules = readFileSync('docs/fleet/spec-kitty.rules.yml', 'utf8');
      const asked = rules.match(/spec_kitty_[a-z_]+(?:\{[^}]*\})?/g) ?? [];
      expect(asked.length).toBeGreaterThan(5);
      for (const selector of asked) {
        const [name = '', labels = ''] = selector.split(/[{}]/);
        expect({
          selector,
          is: written.some((series) => series.startsWith(`${name}{`) && series.includes(labels)),
        }).toEqual({ selector, is: true });
      }
    }));
});
