import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { describeIf, hasNetworkNamespace, hasPython, hasTools } from '../support/requires.js';
import { createWorld, type World } from '../support/world.js';

const METRICS = ['auth', 'doctor', '--format', 'openmetrics'];

/** The lines with the label of the root, without that label. */
function valuesOf(text: string, { root }: World): readonly string[] {
  const label = `{root="${root}"`;
  return text
    .split('\n')
    .filter((line) => line.includes(label))
    .map((line) => line.replace(`${label}}`, '').replace(`${label},`, '{'));
}

describeIf([hasNetworkNamespace, hasPython], 'auth doctor --format openmetrics', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(() => world.close());

  test('has the values and the exit codes of the report', async () => {
    const live = await world.startDaemon({ port: 9400, version: '3.2.5' });
    world.recordSingleton(live);
    await world.startDaemon({ port: 9401, version: '3.2.2' });
    await world.startDaemon({ port: 9402, version: '3.2.3', healthPatch: { package_version: 'x"\n\\{} 1' } });
    await world.startDaemon({ port: 9403, version: '3.1.4' });
    await world.startPlainHttp(9404);
    const { code, stdout } = await world.run(METRICS);
    expect(code).toBe(1);
    expect(valuesOf(stdout, world)).toEqual(
      expect.arrayContaining([
        'spec_kitty_doctor_could_look 1',
        'spec_kitty_sync_listeners{cleanup_class="safe_auto"} 2',
        'spec_kitty_sync_listeners{cleanup_class="operator_required"} 1',
        'spec_kitty_sync_listeners{cleanup_class="never_touch"} 2',
        'spec_kitty_sync_listeners_by_reason{cleanup_class="operator_required",reason="pre_marker"} 1',
        'spec_kitty_sync_orphans_by_version{version="3.2.2"} 1',
        'spec_kitty_sync_orphans_by_version{version="other"} 1',
        'spec_kitty_sync_ports_free 45',
        'spec_kitty_sync_daemon{state="healthy"} 1',
        'spec_kitty_doctor_findings{severity="attention"} 2',
      ]),
    );
    expect(stdout.endsWith('\n# EOF\n')).toBe(true);
  });

  test('has no listener values after a failed scan, so that it does not look like an empty range', async () => {
    const { code, stdout } = await world.run(METRICS, { path: '/nowhere' });
    expect(code).toBe(0);
    expect(valuesOf(stdout, world)).toContain('spec_kitty_doctor_could_look 1');
    const blind = await world.run([...METRICS, '--collector', 'systeminformation'], { path: '/nowhere' });
    expect(blind.code).toBe(2);
    expect(valuesOf(blind.stdout, world)).toContain('spec_kitty_doctor_could_look 0');
    expect(blind.stdout).not.toContain('spec_kitty_sync_listeners');
  });

  test('--out replaces a file atomically, makes it world-readable, and refuses anything but a file', async () => {
    const file = `${world.folder}/spec-kitty.prom`;
    writeFileSync(file, 'old', { mode: 0o600 });
    const { code, stdout } = await world.run([...METRICS, '--out', file]);
    expect({ code, stdout, mode: statSync(file).mode & 0o777 }).toEqual({ code: 0, stdout: '', mode: 0o644 });
    expect(readFileSync(file, 'utf8')).toContain('# EOF');
    mkdirSync(`${world.folder}/taken`);
    symlinkSync(file, `${world.folder}/link`);
    for (const name of ['taken', 'link', 'nowhere/file']) {
      const failed = await world.run([...METRICS, '--out', `${world.folder}/${name}`]);
      expect([failed.code, failed.stderr]).toEqual([2, expect.stringContaining('cannot write the report')]);
    }
    expect(readdirSync(world.folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  test.each([
    [['--format', 'openmetrics', '--reset']],
    [['--format', 'openmetrics', '--explain']],
    [['--format', 'xml']],
    [['--json', '--format', 'text']],
  ])('%j is a usage error', async (words) => {
    const { code } = await world.run(['auth', 'doctor', ...words]);
    expect(code).toBe(2);
  });

  test('--version --json shows the capabilities of this installation', async () => {
    const { code, json } = await world.run(['--version', '--json']);
    expect([code, json()]).toMatchObject([0, { schema_version: 1, policy: { certified: true } }]);
    const without = await world.run(['--version', '--json'], { withoutKoffi: true });
    expect(without.json()).toMatchObject({ fence: { kind: 'none' } });
  });
});

describeIf([hasNetworkNamespace, hasPython, hasTools('promtool')], 'promtool', () => {
  test('accepts the output', async () => {
    const world = await createWorld();
    try {
      await world.startDaemon({ port: 9401, version: '3.2.2' });
      const file = `${world.folder}/metrics`;
      await world.run([...METRICS, '--out', file]);
      const { code, stdout, stderr } = await world.shell(`promtool check metrics <${file}`);
      expect([code, stdout, stderr]).toEqual([0, '', '']);
    } finally {
      await world.close();
    }
  });
});
