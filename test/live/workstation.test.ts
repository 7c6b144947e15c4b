import { expect, test } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { describeIf, hasNetworkNamespace, hasPython, python, SYSTEM_PATH } from '../support/requires.js';
import { createWorld } from '../support/world.js';

const FIXTURES = fileURLToPath(new URL('../fixtures/python', import.meta.url));

/** A free sync port of this machine: a developer's daemons may use others. */
async function freePort(): Promise<number | null> {
  for (let port = 9401; port < 9450; port++) if (await isFree(port)) return port;
  return null;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().once('error', () => {
      resolve(false);
    });
    server.listen(port, '127.0.0.1', () =>
      server.close(() => {
        resolve(true);
      }),
    );
  });
}

const PORT = (await freePort()) ?? 0;
const hasRealPort = { met: PORT > 0, missing: 'all sync ports of this machine are taken' };

/** Starts a daemon as a developer has it: on a real port of this machine, outside all test namespaces. */
async function startOutside(root: string, journal: string): Promise<ChildProcess> {
  const script = `import os\nos.environ["SPEC_KITTY_SYNC_MINIMAL_IMPORT"] = "1"\nfrom specify_cli.sync.daemon import run_sync_daemon\nrun_sync_daemon(${PORT}, '${'d'.repeat(32)}')\n`;
  const markers = [`--spec-kitty-daemon-root=${root}`, `--spec-kitty-daemon-exec=${python}`];
  const argv = ['--pdeathsig', 'KILL', python, '-c', script, ...markers];
  const child = spawn('setpriv', argv, {
    env: {
      PATH: SYSTEM_PATH,
      HOME: root.replace('/.spec-kitty', ''),
      PYTHONPATH: FIXTURES,
      PYTHONDONTWRITEBYTECODE: '1',
      FIXTURE_VERSION: '3.2.3',
      FIXTURE_GENERATION: 'shared-owner',
      FIXTURE_JOURNAL: journal,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return child;
}

describeIf(
  [hasNetworkNamespace, hasPython, hasRealPort],
  'a workstation with a live daemon of its own (pitfall 16)',
  () => {
    test('is not reached by resets and demos in a private network namespace, even for the same root (pitfall 16)', async () => {
      const world = await createWorld();
      const journal = `${world.folder}/outside-journal`;
      const outside = await startOutside(world.root, journal);
      try {
        const orphan = await world.startDaemon({ port: PORT, version: '3.2.3' });
        await world.run(['auth', 'doctor', '--reset']);
        await world.run(['demo']);
        expect(orphan.alive()).toBe(false);
        expect([outside.exitCode, outside.signalCode]).toEqual([null, null]);
        // It was not even probed.
        expect(existsSync(journal)).toBe(false);
      } finally {
        const gone = once(outside, 'exit');
        outside.kill('SIGKILL');
        await gone;
        await world.close();
      }
    });
  },
);
