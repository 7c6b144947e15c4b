import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import {
  describeIf,
  hasNetworkNamespace,
  hasPython,
  hasStrace,
  hasTools,
  SYSTEM_PATH,
} from '../support/requires.js';
import { parseCalls } from '../support/strace.js';
import { createWorld, type World } from '../support/world.js';

const SERVICE = 'docs/fleet/spec-kitty-doctor.service';
const UNIT = readFileSync(SERVICE, 'utf8');

/** The value of a setting of the unit; each setting stands in it once. */
function setting(name: string): string {
  const [, value] = new RegExp(`^${name}=(.*)$`, 'm').exec(UNIT) ?? [];
  if (value === undefined) throw new Error(`${SERVICE} has no ${name}`);
  return value;
}

describeIf(
  [hasNetworkNamespace, hasPython, hasStrace, hasTools('systemd-analyze')],
  'the systemd units',
  () => {
    let world: World;
    beforeEach(async () => {
      world = await createWorld();
    });
    afterEach(() => world.close());

    test('are valid', async () => {
      const units = [SERVICE, SERVICE.replace('.service', '.timer')].map((path) => join(process.cwd(), path));
      // systemd-analyze leaves files there, which are removed with the world. The man page is not installed here.
      const env = { XDG_RUNTIME_DIR: world.home };
      const words = ['systemd-analyze', '--user', '--man=no', 'verify', ...units];
      expect(await world.command(words, env)).toMatchObject({ code: 0, stdout: '', stderr: '' });
    });

    test('the command of the service works within the limits of the service', async () => {
      await world.startDaemon({ port: 9401, version: '3.2.2' });
      await world.startDaemon({ port: 9402, version: '3.1.4' });
      const programs = join(world.home, '.local/bin');
      mkdirSync(programs, { recursive: true });
      symlinkSync(join(process.cwd(), 'dist/bin.cjs'), join(programs, 'spec-kitty'));
      symlinkSync(process.execPath, join(programs, 'node'));
      const trace = join(world.folder, 'trace');
      const line = setting('ExecStart')
        .replace('/var/lib/prometheus/node-exporter', world.folder)
        .replace('%U', '7');
      const path = setting('Environment').replace('PATH=', '').replaceAll('%h', world.home);

      const { code, stdout, stderr } = await world.command(
        ['strace', '-f', '-qq', '-o', trace, ...line.split(' ')],
        { PATH: path },
      );
      expect({ code: String(code), stdout, stderr }).toEqual({
        code: setting('SuccessExitStatus'),
        stdout: '',
        stderr: '',
      });
      const file = join(world.folder, 'spec-kitty-7.prom');
      expect(statSync(file).mode & 0o777).toBe(0o644);
      expect(readFileSync(file, 'utf8')).toContain('cleanup_class="safe_auto"} 1\n');

      const calls = parseCalls(readFileSync(trace, 'utf8'));
      const used = new Set(calls.map(({ name }) => name));
      const allowed = callsIn(setting('SystemCallFilter').split(' '));
      expect(used.size).toBeGreaterThan(20);
      expect([...used].filter((name) => !allowed.has(name))).toEqual([]);
      const sockets = calls.filter(({ name }) => name === 'socket' || name === 'socketpair');
      const families = sockets.map(({ args }) => args.split(',')[0]);
      expect(families).toContain('AF_INET');
      expect(setting('RestrictAddressFamilies').split(' ')).toEqual(expect.arrayContaining(families));
    });
  },
);

/** The system calls in these sets of systemd, and in the sets that they contain. */
function callsIn(sets: readonly string[]): ReadonlySet<string> {
  const { stdout } = spawnSync('systemd-analyze', ['syscall-filter', ...sets], {
    env: { PATH: SYSTEM_PATH },
    encoding: 'utf8',
  });
  const names = stdout.split('\n').flatMap((line) => /^ +([@a-z0-9_-]+)$/.exec(line)?.[1] ?? []);
  const inner = names.filter((name) => name.startsWith('@'));
  return new Set(inner.length === 0 ? names : [...names, ...callsIn(inner)]);
}
