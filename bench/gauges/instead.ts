import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createWorld, type World } from '../../test/support/world.js';
import { type Gauge, gauge } from './gauge.js';

/** Tools that people use instead of this product. They are installed for this benchmark only. */
const TOOLS = ['kill-port@2.0.1', 'fkill@9.0.0'];
const EVERY_PORT = 'for (let port = 9400; port < 9450; port += 1)';

const INSTEAD: Readonly<Record<string, string>> = {
  'kill-port': `import kill from 'kill-port'; ${EVERY_PORT} await kill(port).catch(() => undefined);`,
  fkill: `import fkill from 'fkill'; ${EVERY_PORT} await fkill(':' + port, { force: true, silent: true });`,
};

/**
 * Runs a reset, and each of the tools, on the incident beside three processes that must survive: a healthy recorded
 * daemon, a web server in the range, and another web server on ::1 at an orphan's port. Counts how many of these three
 * were ended and how many orphans are left.
 */
export async function measureInstead(): Promise<readonly Gauge[]> {
  const gauges = [
    ...(await outcomeOf('auth doctor --reset', (world) => world.run(['auth', 'doctor', '--reset']))),
  ];
  for (const [name, program] of Object.entries(INSTEAD)) {
    const act = (world: World): Promise<unknown> => {
      install(world.folder);
      writeFileSync(join(world.folder, 'kill.mjs'), program);
      return world.command([process.execPath, 'kill.mjs']);
    };
    gauges.push(...(await outcomeOf(name, act)));
  }
  return gauges;
}

async function outcomeOf(name: string, act: (world: World) => Promise<unknown>): Promise<readonly Gauge[]> {
  const world = await createWorld();
  try {
    const orphans = await world.startIncident('quick');
    const live = await world.startDaemon({ port: 9440, version: '3.2.4' });
    world.recordSingleton(live);
    const others = [
      live,
      await world.startPlainHttp(9430),
      await world.startPlainHttp(9401, { address: '::1' }),
    ];
    await act(world);
    const ended = others.filter((other) => !other.alive()).length;
    const left = orphans.filter((orphan) => orphan.alive()).length;
    const most = name === 'auth doctor --reset' ? 0 : null;
    return [
      gauge(
        `innocents_${name}`,
        `${name}: other processes ended, of ${others.length}`,
        ended,
        'processes',
        most,
      ),
      gauge(`left_${name}`, `${name}: orphans left, of ${orphans.length}`, left, 'processes', most),
    ];
  } finally {
    await world.close();
  }
}

function install(folder: string): void {
  writeFileSync(join(folder, 'package.json'), '{}');
  const words = ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline', ...TOOLS];
  const { status, stderr } = spawnSync('npm', words, { cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new Error(`cannot install ${TOOLS.join(' ')}: ${stderr}`);
}
