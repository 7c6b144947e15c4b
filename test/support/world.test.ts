import { expect, test } from '@jest/globals';
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive } from './process-table.js';
import { describeIf, hasNetworkNamespace, hasPython } from './requires.js';
import { createWorld } from './world.js';

describeIf([hasPython, hasNetworkNamespace], 'a test world', () => {
  test('leaves no process and no file behind, also not those started by its processes (pitfall 16)', async () => {
    const world = await createWorld();
    const daemon = await world.startDaemon({ port: 9400, version: '3.2.4' });
    const stopped = await world.startSilent([9401]);
    stopped.signal('SIGSTOP');
    const stray = await world.startDaemon({ port: 9402, version: '3.2.4', launcher: true });
    stray.signal('SIGKILL');
    await stray.exited;
    expect([daemon, stopped, stray].map(({ pid }) => isAlive(pid))).toEqual([true, true, true]);

    await world.close();
    expect([daemon, stopped, stray].map(({ pid }) => isAlive(pid))).toEqual([false, false, false]);
    expect(existsSync(world.folder)).toBe(false);
  });

  test('has its own ports, and closing it leaves other worlds alone (NFR-006, pitfall 44)', async () => {
    const [one, other] = await Promise.all([createWorld(), createWorld()]);
    await one.startDaemon({ port: 9400, version: '3.2.4' });
    const survivor = await other.startDaemon({ port: 9400, version: '3.2.4' });
    await one.close();
    expect(survivor.alive()).toBe(true);
    await other.close();
  });

  test.each(['HOME', 'SPEC_KITTY_HOME'])(
    'refuses to run the product with a %s outside its folder (pitfall 16)',
    async (name) => {
      const world = await createWorld();
      const link = join(world.folder, 'link');
      symlinkSync(tmpdir(), link);
      for (const path of ['', '/', tmpdir(), `${world.folder}-other`, join(world.folder, '..'), link]) {
        if (name === 'SPEC_KITTY_HOME' && path === '') continue;
        await expect(world.run(['--version'], { env: { [name]: path } })).rejects.toThrow('refusing');
      }
      await world.close();
    },
  );

  test('writes the files of a root as released programs do', async () => {
    const world = await createWorld();
    const daemon = await world.startDaemon({ port: 9400, version: '3.2.4' });
    const stateFile = join(world.root, 'sync-daemon');
    world.recordSingleton(daemon);
    expect(readFileSync(stateFile, 'utf8')).toBe(
      `http://127.0.0.1:9400\n9400\n${daemon.token}\n${daemon.pid}\n`,
    );
    world.writeStateFile('nonsense');
    expect(readFileSync(stateFile, 'utf8')).toBe('nonsense');
    world.writeOwner({ pid: 1 });
    expect(readFileSync(join(world.root, 'sync', 'daemon', 'owner.json'), 'utf8')).toBe('{\n  "pid": 1\n}\n');
    await world.close();
  });
});
