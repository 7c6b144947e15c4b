import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { startLayout } from '../../matrix/layout.js';
import { isInRange } from '../../../src/model/family.js';
import { type Entrypoint, ENTRYPOINTS, type Layout, layouts } from '../../matrix/table.js';
import { until } from '../../support/until.js';
import type { World } from '../../support/world.js';
import { actsIn, tracer } from '../acts.js';
import { startOwnOf } from '../own-daemon.js';
import type { Scenario } from '../play.js';
import type { Stage } from '../stage.js';

const COMMANDS: Readonly<Record<Exclude<Entrypoint, 'self-retirement'>, string>> = {
  startup: 'sync now',
  doctor: 'auth doctor',
  reset: 'auth doctor --reset',
  'reset --only safe_auto': 'auth doctor --reset --only safe_auto',
  'dashboard start': 'dashboard',
  'dashboard stop': 'dashboard --stop',
  'dashboard cleanup': 'dashboard',
};

/** The boundary matrix (test/matrix): the same worlds and ways in, with daemons of ours of the side's own build. */
export const MATRIX: readonly Scenario[] = ENTRYPOINTS.flatMap((entrypoint) =>
  layouts().flatMap((layout, index) => {
    if (isFoundByNow(layout, entrypoint)) return [];
    return {
      name: `${entrypoint}, world ${index + 1}`,
      play: async (stage: Stage): Promise<void> => {
        const { world, side } = stage;
        const withOwn: World = {
          ...world,
          startOwnDaemon: (request) => startOwnOf(side.daemon, world, request),
        };
        const listeners = await startLayout(withOwn, layout, entrypoint);
        for (const listener of listeners) stage.known(`${listener.name} on ${listener.port}`, listener);
        settleOwner(stage, listeners[0]?.pid ?? 0);
        if (entrypoint === 'self-retirement') await retire(stage);
        else
          await stage.run([...COMMANDS[entrypoint].split(' '), '--json'], {
            env: { SPEC_KITTY_ENABLE_SAAS_SYNC: entrypoint === 'startup' ? '1' : '0' },
            asIfRunningForAMinute: entrypoint === 'dashboard cleanup',
          });
        if (entrypoint === 'startup' && existsSync(`${world.root}/sync-daemon.log`)) await stage.drained();
        stage.note(
          'asked',
          listeners.map((listener) => [listener.name, listener.gotRequest()]),
        );
      },
    };
  }),
);

/**
 * Whether this build finds the recorded dashboard, and the reference does not: on a port outside its range it is found by
 * its command line since then, so that none is started beside it.
 */
function isFoundByNow(layout: Layout, entrypoint: Entrypoint): boolean {
  const port = layout.find(({ name }) => name === 'ourDashboard')?.port;
  const isStartOrStop = entrypoint === 'dashboard start' || entrypoint === 'dashboard stop';
  return isStartOrStop && port !== undefined && !isInRange(port, 'dashboard');
}

/** Whichever of those that start at once comes last writes the file that all share: here one is chosen. */
function settleOwner({ world }: Stage, pid: number): void {
  const path = `${world.root}/sync/daemon/owner.json`;
  if (!existsSync(path)) return;
  const owner = JSON.parse(readFileSync(path, 'utf8')) as object;
  const settled = { pid, port: 9400, package_version: '3.2.3', source_checkout_path: '/opt/spec-kitty' };
  world.writeOwner({ ...owner, ...settled, token: 'f'.repeat(32) });
}

/** One of each family, on ports that nobody else has: superseded, or named by nothing any more. */
async function retire(stage: Stage): Promise<void> {
  const { world, side, names } = stage;
  const stateFile = `${world.root}/sync-daemon`;
  const before = existsSync(stateFile) ? readFileSync(stateFile) : null;
  const families = [
    { family: 'sync', port: 9420, root: world.root, idle: 'SYNC_DAEMON_IDLE_RETIREMENT_SECONDS' },
    { family: 'dashboard', port: 9290, root: world.project, idle: 'DASHBOARD_IDLE_RETIREMENT_SECONDS' },
  ] as const;
  for (const { family, port, root, idle } of families) {
    const log = `${world.folder}/trace-${family}`;
    const own = await startOwnOf(side.daemon, world, {
      ...{ family, port, root, env: { [idle]: '1' }, under: tracer(log) },
    });
    stage.known(`${family} daemon that leaves`, own);
    if (family === 'sync') {
      if (before === null) rmSync(stateFile);
      else writeFileSync(stateFile, before);
    }
    await until(() => !own.alive(), 30_000);
    stage.note(`what the ${family} daemon did`, actsIn(readFileSync(log, 'utf8'), names));
  }
}
