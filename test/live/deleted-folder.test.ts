import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { cpSync } from 'node:fs';
import type { RunResult } from '../support/product.js';
import { describeIf, hasNetworkNamespace } from '../support/requires.js';
import { createWorld, type World } from '../support/world.js';

describeIf([hasNetworkNamespace], 'in a folder that was deleted', () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
    cpSync('policy', `${world.folder}/policies`, { recursive: true });
  });
  afterAll(() => world.close());

  const runThere = (line: string, env: Readonly<Record<string, string>> = {}): Promise<RunResult> => {
    const under = ['bash', '-c', 'mkdir -p gone && cd gone && rmdir ../gone && exec "$@"', 'bash'];
    return world.run(line.replaceAll('OWN', `${world.folder}/policies/sync.yaml`).split(' '), { under, env });
  };

  test.each([
    ['policy check', 0],
    ['policy check OWN', 0],
    ['policy check OWN --format sarif', 0],
    ['policy check OWN --format github', 0],
    ['policy prove OWN', 0],
    ['policy test', 0],
    ['policy test --policy OWN', 0],
    ['policy fmt OWN --check', 0],
    ['policy schema', 0],
    ['policy diff OWN OWN', 0],
    ['policy ci OWN', 0],
    ['policy ci OWN --format markdown', 0],
    ['auth doctor --policy OWN', 0],
    ['sync status', 0],
    ['sync stop', 0],
  ] as const)('`%s` works', async (line, code) => {
    const run = await runThere(line);
    expect({ code: run.code, stderr: run.stderr }).toEqual({ code, stderr: '' });
  });

  test.each([
    'policy check own.yaml',
    'policy check own.yaml --json',
    'policy prove own.yaml',
    'policy prove --certificate certificate.json',
    'policy test cases.yaml',
    'policy test --policy own.yaml',
    'policy fmt own.yaml',
    'policy diff own.yaml OWN',
    'policy diff --against HEAD own.yaml',
    'policy ci own.yaml',
    'policy explain --set a=b --policy own.yaml',
    'auth doctor --policy own.yaml',
    'dashboard',
  ])('`%s`, with a relative path, names the cause', async (line) => {
    const { code, stdout, stderr } = await runThere(line);
    expect(code).toBe(2);
    expect(stdout + stderr).toContain('the current folder does not exist any more');
    expect(stdout + stderr).not.toMatch(/uv_cwd|internal error| {4}at /);
  });

  test('a relative SPEC_KITTY_HOME is refused', async () => {
    const { code, stderr } = await runThere('auth doctor', { SPEC_KITTY_HOME: 'a/../root' });
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr:
        'spec-kitty: SPEC_KITTY_HOME is a/../root, which is not an absolute path\nnext step: set SPEC_KITTY_HOME to the absolute path of the runtime root\n',
    });
  });
});
