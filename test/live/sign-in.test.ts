import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { INVOCATION } from '../support/product.js';
import { describeIf, hasNetworkNamespace, SYSTEM_PATH } from '../support/requires.js';
import { sync } from '../support/sync.js';
import { createWorld, type World } from '../support/world.js';

describeIf([hasNetworkNamespace], '`sync status` says what to do where nothing is sent', () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
    mkdirSync(world.root, { recursive: true });
    mkdirSync(`${world.folder}/bin`);
    writeFileSync(`${world.folder}/bin/spec-kitty`, '#!/usr/bin/env python3\n');
    chmodSync(`${world.folder}/bin/spec-kitty`, 0o755);
  });
  afterAll(() => world.close());

  const credentials = (text: string): void => {
    writeFileSync(`${world.root}/credentials`, text);
  };

  test('not signed in: how to sign in, and that another program on the PATH may be the Python CLI', async () => {
    credentials('');
    const path = `${world.folder}/bin:${SYSTEM_PATH}`;
    const { code, stdout } = await world.run(['sync', 'status'], { path });
    expect(code).toBe(0);
    expect(stdout).toContain(
      `upload  nothing is sent (not_signed_in): no user in ${world.root}/credentials
        next step: sign in with the Python CLI of Spec Kitty, another program: its command is \`auth login\` (${world.folder}/bin/spec-kitty may be that program)\n`,
    );
  });

  test('not signed in, and no Python CLI on the PATH: which command signs in', async () => {
    credentials('');
    const { report } = await sync(world, 'status', { path: SYSTEM_PATH });
    expect(report.queue.idle).toMatchObject({
      why: 'not_signed_in',
      next_step: 'sign in with the Python CLI of Spec Kitty, another program: its command is `auth login`',
    });
  });

  test('signed in, without a token: which variables to export, and what to type then', async () => {
    credentials('[server]\nurl = "https://example.org"\n[user]\nusername = "me"\nteam_slug = "us"\n');
    const { stdout } = await world.run(['sync', 'status']);
    expect(stdout).toContain(
      `next step: export SPEC_KITTY_ACCESS_TOKEN and SPEC_KITTY_TEAM_ID, then run \`${INVOCATION} sync stop\` and \`${INVOCATION} sync now\`\n`,
    );
  });
});

describeIf([hasNetworkNamespace], 'a relative SPEC_KITTY_HOME', () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
    mkdirSync(`${world.project}/.kittify`, { recursive: true });
  });
  afterAll(() => world.close());

  test.each([
    'auth doctor',
    'auth doctor --reset',
    'sync now',
    'sync start',
    'sync stop',
    'sync status',
    'sync forget',
    'dashboard',
  ])('is refused by `%s` with exit code 2, and nothing is created', async (line) => {
    const { code, stdout, stderr } = await world.run(line.split(' '), {
      env: { SPEC_KITTY_HOME: 'root', SPEC_KITTY_ENABLE_SAAS_SYNC: '1' },
      cwd: world.project,
    });
    expect({ code, stdout, stderr }).toEqual({
      code: 2,
      stdout: '',
      stderr:
        'spec-kitty: SPEC_KITTY_HOME is root, which is not an absolute path\nnext step: set SPEC_KITTY_HOME to the absolute path of the runtime root\n',
    });
    const { stdout: names } = await world.shell(`find ${world.folder} -name root`);
    expect(names).toBe('');
  });
});
