import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeIf, hasNetworkNamespace, hasPython } from '../support/requires.js';
import { createWorld, type World } from '../support/world.js';

describeIf([hasNetworkNamespace, hasPython], 'spec-kitty demo', () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
  });
  afterAll(async () => {
    await world.close();
  });

  test('shows scan, reset and startup, and the third-party server survives', async () => {
    const { code, stdout, stderr } = await world.run(['demo']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('18 orphaned sync daemons of this root: no longer in use');
    expect(stdout).toContain('Retired 19, left alone 2, failed 0.');
    expect(stdout).toContain('The web server on 9420 still answers: HTTP 200');
    expect(stdout).toContain('Nothing needs attention. No sync daemon of this root is recorded.');
    expect(stdout).toMatch(
      /sync daemon started on port 9400 \(PID (\d+).*sync daemon reused on port 9400 \(PID \1,/s,
    );
    expect(stdout).toMatch(/stopped the sync daemon on port 9400 \(PID \d+\)\n$/);
  });

  test('asks nothing on a terminal', async () => {
    const terminal = world.openTerminal(['demo']);
    expect(await terminal.ended).toBe(0);
    expect(terminal.text()).toContain('Retired 19, left alone 2, failed 0.');
  });

  test('without a private network namespace it shows read-only commands, and says why', async () => {
    // A PATH without unshare.
    const bin = `${world.folder}/bin`;
    await world.shell(`mkdir -p ${bin} && ln -s "$(command -v python3)" ${bin}/python3`);
    const { code, stdout } = await world.run(['demo'], { path: bin });
    expect(code).toBe(0);
    expect(stdout).toContain('no private network namespace, so it shows only what changes nothing');
    expect(stdout).toContain('A reset would do this (nothing was done):');
    expect(stdout).not.toContain('Retired');
  });
});
