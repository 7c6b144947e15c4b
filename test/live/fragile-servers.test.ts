import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { describeIf, hasNetworkNamespace } from '../support/requires.js';
import { HOSTED } from '../support/sync.js';
import { createWorld, type World } from '../support/world.js';

describeIf([hasNetworkNamespace], 'a server without an error handler on a reserved port', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(() => world.close());

  test.each(['is silent', 'greets', 'echoes', 'answers 404 slowly'] as const)(
    'that %s survives every command',
    async (kind) => {
      const server = await world.startFragileServer(9405, kind);
      const alive: Record<string, boolean> = {};
      for (const words of ['auth doctor', 'auth doctor --reset', 'sync now', 'sync stop']) {
        await world.run(words.split(' '), { env: HOSTED });
        alive[words] = server.alive();
      }
      expect(alive).toEqual({
        'auth doctor': true,
        'auth doctor --reset': true,
        'sync now': true,
        'sync stop': true,
      });
    },
  );
});
