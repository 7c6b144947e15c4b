/**
 * An imitated daemon on the machine's own port 9400, outside all namespaces, while the suite runs. At the end it must
 * be alive and must not have received a request (pitfall 16). If the port is taken, for example by the developer's own
 * daemon, none is started.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const PORT = 9400;

/** jest's globalSetup. */
export async function startHostDaemon() {
  if (process.platform !== 'linux') return null;
  const folder = mkdtempSync(join(tmpdir(), 'spec-kitty-host-'));
  const root = join(folder, '.spec-kitty');
  const script = `import os\nos.environ["SPEC_KITTY_SYNC_MINIMAL_IMPORT"] = "1"\nfrom specify_cli.sync.daemon import run_sync_daemon\nrun_sync_daemon(${PORT}, '${'d'.repeat(32)}')\n`;
  const markers = [`--spec-kitty-daemon-root=${root}`, '--spec-kitty-daemon-exec=/usr/bin/python3'];
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '/usr/bin/python3', '-c', script, ...markers], {
    env: {
      PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
      HOME: folder,
      PYTHONPATH: resolve('test/fixtures/python'),
      PYTHONDONTWRITEBYTECODE: '1',
      FIXTURE_VERSION: '3.2.3',
      FIXTURE_GENERATION: 'shared-owner',
      FIXTURE_JOURNAL: join(folder, 'journal'),
    },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const outcome = await Promise.race([
    once(child.stdout, 'data').then(() => 'listens'),
    once(child, 'error').then(() => 'missing'),
    once(child, 'exit').then(() => 'taken'),
  ]);
  if (outcome === 'listens') return { child, folder };
  rmSync(folder, { recursive: true });
  return null;
}

/** @throws when it has ended or received a request */
export async function endHostDaemon(daemon) {
  if (!daemon) return;
  const { child, folder } = daemon;
  const isAlive = child.exitCode === null && child.signalCode === null;
  const wasAsked = existsSync(join(folder, 'journal'));
  if (isAlive) {
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }
  rmSync(folder, { recursive: true });
  if (!isAlive || wasAsked)
    throw new Error(
      `the daemon on the machine's own port ${PORT} ${isAlive ? 'was asked for something' : 'was ended'}`,
    );
}
