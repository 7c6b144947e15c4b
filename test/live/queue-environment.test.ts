import { expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { firstOutcome, startDraining } from '../support/draining-process.js';
import { events } from '../support/queue-files.js';
import { useQueue } from '../support/queue-world.js';
import { describeIf, hasPython, hasTools } from '../support/requires.js';
import { UploadServer } from '../support/upload-server.js';

const HIDE_LIBSQL = new URL('../support/hide-package.mjs?libsql', import.meta.url).href;

/** Node reads these variables at its start, so each test needs a process of its own. */
describeIf([hasPython], 'draining with hostile environment variables', () => {
  const queue = useQueue();

  test('does not use proxies', async () => {
    await queue.root.create(events(1));
    const proxy = new UploadServer();
    await proxy.listen();
    const environment = { NODE_USE_ENV_PROXY: '1', http_proxy: proxy.url, HTTP_PROXY: proxy.url };
    expect(await firstOutcome(startDraining(queue.root, environment))).toMatchObject({
      counts: { acknowledged: 1 },
    });
    expect([queue.server.uploads.length, proxy.uploads.length]).toEqual([1, 0]);
    await proxy.close();
  });

  describeIf([hasTools('openssl')], 'over https', () => {
    test('sends no token to a server with an untrusted certificate', async () => {
      const words = 'req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost -days 1 -keyout -';
      const { stdout: pem } = spawnSync('openssl', words.split(' '), { encoding: 'utf8' });
      let asked = 0;
      const impostor = createServer({ key: pem, cert: pem }, () => asked++).listen(0, '127.0.0.1');
      await once(impostor, 'listening');
      queue.root.signIn(`https://127.0.0.1:${(impostor.address() as AddressInfo).port}`);
      await queue.root.create(events(1));
      expect(
        await firstOutcome(startDraining(queue.root, { NODE_TLS_REJECT_UNAUTHORIZED: '0' })),
      ).toMatchObject({
        end: { kind: 'upload_failed', why: 'no answer (DEPTH_ZERO_SELF_SIGNED_CERT)' },
      });
      impostor.close();
      expect(asked).toBe(0);
    });
  });

  test('reports a missing SQLite binding, and sends nothing', async () => {
    await queue.root.create(events(1));
    const hidden = { NODE_OPTIONS: `--import=${HIDE_LIBSQL}` };
    expect(await firstOutcome(startDraining(queue.root, hidden))).toMatchObject({
      end: { kind: 'queue_failed', why: expect.stringMatching(/libsql cannot be loaded/) },
    });
    expect(queue.server.uploads).toEqual([]);
  });
});
