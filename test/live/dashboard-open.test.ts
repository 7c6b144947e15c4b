import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { DashboardStartReport } from '../../src/dashboard/view.js';
import { dashboardUp } from '../support/dashboard-command.js';
import type { RunOptions } from '../support/product.js';
import { SYSTEM_PATH } from '../support/requirements.js';
import { describeIf, hasNetworkNamespace } from '../support/requires.js';
import { until } from '../support/until.js';
import { createWorld, type World } from '../support/world.js';

const URL = 'http://127.0.0.1:9237/';

describeIf([hasNetworkNamespace], 'spec-kitty dashboard --open', () => {
  let world: World;
  let bin: string;
  beforeEach(async () => {
    world = await createWorld();
    bin = `${world.folder}/bin`;
    mkdirSync(bin);
  });
  afterEach(() => world.close());

  /** Makes a program that writes its arguments, a line each, to a file of its name. */
  const makeProgram = (name: string, ends = 'exit 0'): void => {
    writeFileSync(
      `${bin}/${name}`,
      `#!/bin/sh\nprintf '%s\\n' "$@" > ${world.folder}/${name}.part && mv ${world.folder}/${name}.part ${world.folder}/${name}.called\n${ends}\n`,
      { mode: 0o755 },
    );
  };
  const callOf = (name: string): readonly string[] | null =>
    existsSync(`${world.folder}/${name}.called`)
      ? readFileSync(`${world.folder}/${name}.called`, 'utf8').trim().split('\n')
      : null;
  const open = (env: Readonly<Record<string, string>>, more: RunOptions = {}) =>
    world.run(['dashboard', '--open'], { cwd: world.project, path: `${bin}:${SYSTEM_PATH}`, env, ...more });
  const SCREEN = { DISPLAY: ':0' };

  test('opens the page with xdg-open, and prints its address as without --open', async () => {
    makeProgram('xdg-open');
    const { code, stdout, stderr } = await open(SCREEN);
    expect({ code, stderr, called: callOf('xdg-open') }).toEqual({ code: 0, stderr: '', called: [URL] });
    expect(stdout.split('\n')[0]).toBe(URL);
  });

  test('opens the running dashboard again, and says so in the JSON document', async () => {
    makeProgram('xdg-open');
    await dashboardUp(world);
    const { code, json } = await world.run(['dashboard', '--open', '--json'], {
      cwd: world.project,
      path: `${bin}:${SYSTEM_PATH}`,
      env: SCREEN,
    });
    const report = json() as DashboardStartReport;
    expect({ code, browser: report.browser, outcome: report.outcome }).toMatchObject({
      code: 0,
      browser: { opened: true, why: null },
      outcome: { kind: 'ready', dashboard: { how: 'reused', url: URL } },
    });
    expect(callOf('xdg-open')).toEqual([URL]);
    const { report: without } = await dashboardUp(world);
    expect('browser' in without).toBe(false);
  });

  test.each([
    ['recorder', [URL]],
    ['no-such-browser:recorder --new', ['--new', URL]],
    ['broken:recorder --at=%s 100%%', [`--at=${URL}`, '100%']],
  ])('honours BROWSER before xdg-open, also without a display: %s', async (variable, words) => {
    makeProgram('recorder');
    makeProgram('broken', 'exit 3');
    makeProgram('xdg-open');
    const { code, stderr } = await open({ BROWSER: variable });
    expect({ code, stderr, called: callOf('recorder'), fallback: callOf('xdg-open') }).toEqual({
      ...{ code: 0, stderr: '', called: words },
      fallback: null,
    });
  });

  test.each([
    ['without a graphical session', {}, 'there is no graphical session'],
    ['where xdg-open fails', SCREEN, 'xdg-open failed (exit code 3)'],
    [
      'where a browser of BROWSER is missing',
      { BROWSER: 'no-such-browser' },
      'no-such-browser cannot be started: ENOENT',
    ],
  ])('prints the address and says that nothing was opened: %s', async (_where, env, why) => {
    makeProgram('xdg-open', 'exit 3');
    const { code, stdout, stderr } = await open(env);
    expect(code).toBe(0);
    expect(stdout.split('\n')[0]).toBe(URL);
    expect(stderr).toContain(`spec-kitty: no browser was opened: ${why}`);
    expect(stderr).toContain('next step: open the address above in your browser');
  });

  test.each([{ SUDO_UID: '12345' }, { PKEXEC_UID: '12345' }, { DOAS_USER: 'somebody-else' }])(
    'starts no browser as another user than the one whose session it is: %j',
    async (env) => {
      makeProgram('xdg-open');
      makeProgram('recorder');
      const { code, stdout, stderr } = await open({ ...SCREEN, BROWSER: 'recorder', ...env });
      expect({ code, browser: callOf('recorder'), opener: callOf('xdg-open') }).toEqual({
        ...{ code: 0, browser: null },
        opener: null,
      });
      expect(stdout.split('\n')[0]).toBe(URL);
      expect(stderr).toContain(`the browser belongs to user ${Object.values(env)[0] ?? ''}`);
    },
  );

  test('leaves a browser that stays in a session of its own, without a descriptor of the command', async () => {
    makeProgram(
      'recorder',
      `ps -o sid= -p $$ > ${world.folder}/sid; echo $$ > ${world.folder}/pid; readlink /proc/$$/fd/0 /proc/$$/fd/2 /proc/$$/fd/7 > ${world.folder}/ends; exec sleep 20`,
    );
    const { code, ms } = await open(
      { BROWSER: 'recorder' },
      { under: ['sh', '-c', 'exec 7>&1; exec "$@"', 'sh'] },
    );
    expect(code).toBe(0);
    // `run` waits until nobody has the output open: a browser that had inherited it would keep it for 20 s.
    expect(ms).toBeLessThan(18_000);
    const read = (name: string): string => readFileSync(`${world.folder}/${name}`, 'utf8').trim();
    await until(() => existsSync(`${world.folder}/ends`) && read('ends') !== '');
    expect([read('sid'), new Set(read('ends').split('\n'))]).toEqual([read('pid'), new Set(['/dev/null'])]);
  });

  test.each([['--stop'], ['--forget']])('is refused together with %s', async (option) => {
    makeProgram('xdg-open');
    const { code, stderr } = await world.run(['dashboard', '--open', option], {
      cwd: world.project,
      path: `${bin}:${SYSTEM_PATH}`,
      env: SCREEN,
    });
    expect(code).toBe(2);
    expect(stderr).toContain('cannot be used with');
    expect(callOf('xdg-open')).toBeNull();
  });

  test('opens nothing if there is no dashboard', async () => {
    makeProgram('xdg-open');
    const { code } = await open(SCREEN, { cwd: world.folder });
    expect([code, callOf('xdg-open')]).toEqual([2, null]);
  });
});
