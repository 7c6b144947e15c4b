import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { describeIf, hasNetworkNamespace, hasPython, hasTools } from '../support/requires.js';
import { createWorld, type World } from '../support/world.js';

const PLAYBOOK = join(process.cwd(), 'docs/fleet/playbook.yml');
const PRODUCT = [process.execPath, join(process.cwd(), 'dist/bin.cjs')];
const RESET = { spec_kitty_reset: true };

describeIf([hasNetworkNamespace, hasPython, hasTools('ansible-playbook')], 'the Ansible play', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(() => world.close());

  /** Plays it on this machine, as the only one of the inventory. @returns the recap of this machine, and all output */
  const play = async (variables: object = {}, ...words: readonly string[]) => {
    const extra = JSON.stringify({ spec_kitty: PRODUCT, ...variables });
    const argv = ['ansible-playbook', '-i', 'localhost,', '-c', 'local', '-e', extra, ...words, PLAYBOOK];
    const { code, stdout, stderr } = await world.command(argv, { LC_ALL: 'C.UTF-8' });
    const [, changed, failed] = /changed=(\d+).* failed=(\d+)/.exec(stdout) ?? [];
    return { code, changed: Number(changed), failed: Number(failed), said: stdout + stderr };
  };

  test('has valid syntax', async () => {
    expect(await play({}, '--syntax-check')).toMatchObject({ code: 0 });
  });

  test('without orphans it changes nothing', async () => {
    await world.startPlainHttp(9420);
    expect(await play(RESET)).toMatchObject({ code: 0, changed: 0, failed: 0 });
  }, 60_000);

  test('reports orphans as a change, and ends them only where a variable asks for it', async () => {
    const orphan = await world.startDaemon({ port: 9401, version: '3.2.2' });
    const preMarker = await world.startDaemon({ port: 9402, version: '3.1.4' });
    const live = await world.startDaemon({ port: 9403, version: '3.2.5' });
    world.recordSingleton(live);
    const thirdParty = await world.startPlainHttp(9420);

    const looked = await play();
    expect(looked).toMatchObject({ code: 0, changed: 1, failed: 0 });
    expect(looked.said).toContain('1 orphaned sync daemon of this root: no longer in use');
    expect(await play(RESET, '--check')).toMatchObject({ code: 0, changed: 1, failed: 0 });
    expect(await play({ spec_kitty_reset: 'no' })).toMatchObject({ code: 0, changed: 1, failed: 0 });
    expect([orphan, preMarker].flatMap((daemon) => daemon.journal().shutdownTokens)).toEqual([]);

    expect(await play(RESET)).toMatchObject({ code: 0, changed: 2, failed: 0 });
    expect([orphan, preMarker, live, thirdParty].map(({ alive }) => alive())).toEqual([
      false,
      false,
      true,
      true,
    ]);
    expect(await play(RESET)).toMatchObject({ code: 0, changed: 0, failed: 0 });
  }, 120_000);

  test('another program of the same name is reported, and not run for a report', async () => {
    const { code, failed, said } = await play({ ...RESET, spec_kitty: ['echo'] });
    expect([code === 0, failed]).toEqual([false, 1]);
    expect(said).not.toContain('doctor');
  }, 60_000);

  test('a machine where doctor cannot do its job counts as failed', async () => {
    const { code, failed, said } = await play({ spec_kitty: [...PRODUCT, 'no-such-command'] });
    expect([code === 0, failed]).toEqual([false, 1]);
    expect(said).toContain('no-such-command');
  }, 60_000);
});
