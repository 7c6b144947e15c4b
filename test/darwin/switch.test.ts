import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { cpSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { candidateOn, doctor, verdictOn } from '../support/doctor.js';
import { hasLibSystem, pretendDarwin } from '../support/libsystem.js';
import { INVOCATION, pretend } from '../support/product.js';
import { describeIf, hasNetworkNamespace, hasPython } from '../support/requires.js';
import { createWorld, type World } from '../support/world.js';

const DIST = fileURLToPath(new URL('../../dist', import.meta.url));

describeIf([hasNetworkNamespace, hasPython, hasLibSystem], 'acting on macOS', () => {
  let world: World;
  beforeEach(async () => {
    pretendDarwin({ mayAct: false });
    world = await createWorld();
  });
  afterEach(async () => {
    await world.close();
  });

  test('is off until it is switched on: the report is exact, and a reset changes nothing', async () => {
    const daemon = await world.startDaemon({ port: 9401, version: '3.2.3' });
    const { report } = await doctor(world);
    expect(report.scope.collector).toBe('libproc');
    expect(verdictOn(report, 9401)).toBe('safe_auto');
    const finding = report.findings.find(({ id }) => id === 'not_switched_on');
    expect(finding?.remediation?.command).toBe(
      `SPEC_KITTY_EXPERIMENTAL_MACOS=1 ${INVOCATION} auth doctor --reset`,
    );
    expect(finding?.remediation?.effect).toContain('macos = true');
    for (const words of [['--reset'], ['--reset', '9401', '--yes'], ['--reset', '--dry-run']]) {
      const after = await doctor(world, words);
      expect(after.report.swept ?? []).toEqual([]);
      expect(after.report.failed ?? after.report.plan).toMatchObject([{ port: 9401 }]);
    }
    expect(daemon.alive()).toBe(true);
    expect(daemon.journal()).toMatchObject({ shutdownTokens: [], leaving: [] });
    expect(existsSync(`${world.root}/sync/daemon/journal.jsonl`)).toBe(false);

    // The printed command, typed as it is.
    const [, ...words] = finding?.remediation?.command?.split(' ').slice(1) ?? [];
    pretendDarwin();
    expect((await world.run(words)).code).toBe(0);
    expect(daemon.alive()).toBe(false);
  });

  test.each([
    ['[experimental]\nmacos = true\n', true],
    ['[experimental]\nmacos = "true"\n', false],
    ['[experimental]\nmacos = true\n[broken\n', false],
  ])('is switched on by config.toml: %j: %p', async (config, isOn) => {
    const daemon = await world.startDaemon({ port: 9401, version: '3.2.3' });
    mkdirSync(world.root, { recursive: true });
    writeFileSync(`${world.root}/config.toml`, config);
    const { report } = await doctor(world, ['--reset']);
    expect(report.swept).toHaveLength(isOn ? 1 : 0);
    expect(report.failed).toHaveLength(isOn ? 0 : 1);
    expect(daemon.alive()).toBe(!isOn);
  });

  test('a root behind a link is the same root, as ~/.spec-kitty is through /private (pitfall 12)', async () => {
    pretendDarwin();
    const root = `${world.folder}/private/.spec-kitty`;
    mkdirSync(root, { recursive: true });
    rmSync(world.root, { recursive: true, force: true });
    symlinkSync(root, world.root);
    const daemon = await world.startDaemon({ port: 9401, version: '3.2.4', root });
    const { report } = await doctor(world, ['--reset']);
    expect(report.swept).toMatchObject([{ pid: daemon.pid, reason: 'proven_orphan' }]);
  });

  test('on Linux nothing of it is loaded: the program works without its file', async () => {
    pretend(null);
    await world.startDaemon({ port: 9401, version: '3.2.3' });
    const copy = `${world.folder}/copy`;
    cpSync(DIST, `${copy}/dist`, { recursive: true });
    cpSync(`${DIST}/../package.json`, `${copy}/package.json`);
    cpSync(`${DIST}/../policy`, `${copy}/policy`, { recursive: true });
    symlinkSync(`${DIST}/../node_modules`, `${copy}/node_modules`);
    rmSync(`${copy}/dist/darwin.cjs`);
    const { report } = await doctor(world, ['--reset'], { bin: `${copy}/dist/bin.cjs` });
    expect(report.swept).toMatchObject([{ port: 9401 }]);
    expect(candidateOn(report, 9401).pid).not.toBeNull();
  });
});
