import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { isAlive } from '../../support/process-table.js';
import { until } from '../../support/until.js';
import { installAs } from '../builds.js';
import type { Json } from '../names.js';
import type { Scenario } from '../play.js';
import type { Stage } from '../stage.js';

const NOW = ['sync', 'now', '--json'];
const START = ['sync', 'start', '--json'];
const STOP = ['sync', 'stop', '--json'];
const IDLE = 'SYNC_DAEMON_IDLE_RETIREMENT_SECONDS';

/** A start that is skipped, and does nothing else. */
function skipped(name: string, env: Readonly<Record<string, string>>, config = ''): Scenario {
  return {
    name: `a start is skipped: ${name}`,
    play: async (stage) => {
      mkdirSync(stage.world.root, { recursive: true });
      if (config !== '') writeFileSync(`${stage.world.root}/config.toml`, config);
      await stage.daemon('orphan', { port: 9410, version: '3.2.3' });
      await stage.run(NOW, { env });
      await stage.run(['sync', 'now'], { env });
    },
  };
}

/** A daemon of ours that leaves by itself, and what it leaves behind. */
function leaves(name: string, act: (stage: Stage, pid: number) => Promise<void> | void): Scenario {
  return {
    name: `a daemon of ours leaves: ${name}`,
    bothWays: true,
    play: async (stage) => {
      const report = await stage.run(START, { asDaemon: true, env: { [IDLE]: '2' } });
      await stage.drained();
      const pid = pidOn(stage, report);
      await act(stage, pid);
      await until(() => !isAlive(pid), 20_000);
      await stage.run(['auth', 'doctor', '--json']);
    },
  };
}

/** Reports name processes; the records that lie in the root say which. */
function pidOn(stage: Stage, report: Json): number {
  const { outcome } = report as { outcome: { daemon: { pid: string } } };
  return stage.pidOf(outcome.daemon.pid);
}

/** Commands that need sync, and daemons of ours: started, found, succeeded and stopped, by either build. */
export const STARTS: readonly Scenario[] = [
  {
    name: 'a daemon of ours is started, found, looked at and stopped',
    bothWays: true,
    play: async (stage) => {
      await stage.run(START, { asDaemon: true });
      await stage.drained();
      await stage.run(NOW);
      await stage.run(['sync', 'now']);
      await stage.run(['sync', 'status', '--json']);
      await stage.run(['sync', 'status']);
      await stage.lookClosely();
      await stage.run(['auth', 'doctor', '--json', '--explain']);
      await stage.run(['auth', 'doctor', '--reset', '--json']);
      await stage.run(STOP);
      await stage.run(['sync', 'stop']);
      await stage.run(['auth', 'doctor']);
    },
  },
  {
    name: 'a daemon of ours that is not recorded is retired by a reset',
    bothWays: true,
    play: async (stage) => {
      await stage.run(START, { asDaemon: true });
      await stage.drained();
      rmSync(`${stage.world.root}/sync-daemon`);
      await stage.run(['auth', 'doctor', '--reset', '--json']);
      await stage.run(['auth', 'doctor', '--json']);
    },
  },
  {
    name: 'stale daemons of releases beside a live one of ours',
    bothWays: true,
    play: async (stage) => {
      await stage.run(START, { asDaemon: true });
      await stage.drained();
      await stage.daemon('stale', { port: 9410, version: '3.2.2' });
      await stage.daemon('stubborn', { port: 9411, version: '3.2.3', refusesShutdown: true });
      await stage.daemon('pre-marker', { port: 9412, version: '3.1.4' });
      await stage.lookClosely();
      await stage.run(NOW);
      await stage.run(['sync', 'now']);
      await stage.run(STOP);
    },
  },
  {
    name: 'a live daemon of a release is used, its stale ones go',
    play: async (stage) => {
      const live = await stage.daemon('live', { port: 9405, version: '3.2.5' });
      stage.world.recordSingleton(live);
      await stage.daemon('stale', { port: 9406, version: '3.2.3' });
      await stage.run(NOW);
      await stage.run(['sync', 'now']);
      await stage.run(STOP);
    },
  },
  {
    name: 'a daemon that contradicts itself is told nothing',
    play: async (stage) => {
      const liar = { port: 9405, version: '3.2.5', healthPatch: { token: 'another' } };
      stage.world.recordSingleton(await stage.daemon('liar', liar));
      await stage.run(NOW);
      await stage.run(['sync', 'now']);
      await stage.run(STOP);
    },
  },
  {
    name: 'a recorded daemon that is silent is left alone',
    play: async (stage) => {
      const silent = { port: 9405, version: '3.2.5', silentSeconds: Infinity };
      stage.world.recordSingleton(await stage.daemon('silent', silent));
      await stage.run(NOW);
      await stage.run(['sync', 'now']);
      await stage.run(['sync', 'status']);
    },
  },
  {
    name: 'what needs a decision is left alone by a start',
    play: async (stage) => {
      const root = `${stage.world.folder}/o/.spec-kitty`;
      await stage.daemon('pre-marker', { port: 9410, version: '3.1.4' });
      await stage.daemon('other root', { port: 9411, version: '3.2.4', root });
      await stage.daemon('liar', { port: 9412, version: '3.2.3', healthPatch: { token: 'another' } });
      stage.known('web server', await stage.world.startPlainHttp(9414));
      await stage.run(['sync', 'now']);
      await stage.drained();
      await stage.run(NOW);
    },
  },
  {
    name: 'all fifty ports are taken',
    play: async (stage) => {
      const every = Array.from({ length: 50 }, (_, index) => 9400 + index);
      stage.known('silent', await stage.world.startSilent(every));
      await stage.run(NOW);
      await stage.run(['sync', 'now']);
      await stage.run(START);
    },
  },
  {
    name: 'a daemon of ours in another network namespace is recorded elsewhere',
    bothWays: true,
    play: async (stage) => {
      const elsewhere = { under: ['unshare', '--net', '--'], traced: false };
      await stage.run(START, { asDaemon: true });
      await stage.drained();
      await stage.run(NOW, elsewhere);
      await stage.run(['sync', 'now'], elsewhere);
      await stage.run(['auth', 'doctor', '--json'], elsewhere);
      await stage.run(STOP, elsewhere);
    },
  },
  {
    name: 'an older command never evicts a newer daemon',
    bothWays: true,
    play: async (stage) => {
      const { daemon, command } = stage.side;
      const versions = `${stage.world.folder}/versions`;
      const newer = installAs(daemon, '3.3.9', versions);
      const older = installAs(command, '3.3.1', versions);
      stage.nameInstall(newer, 'newer');
      stage.nameInstall(older, 'older');
      await stage.run(START, { build: newer });
      await stage.drained();
      await stage.run(NOW, { build: older });
      await stage.run(['auth', 'doctor', '--json', '--explain'], { build: older });
      await stage.run(NOW, { build: newer });
      await stage.run(STOP, { build: older });
    },
  },
  {
    name: 'a newer command succeeds an older daemon',
    bothWays: true,
    play: async (stage) => {
      const { daemon, command } = stage.side;
      const versions = `${stage.world.folder}/versions`;
      const older = installAs(daemon, '3.3.1', versions);
      const newer = installAs(command, '3.3.9', versions);
      stage.nameInstall(newer, 'newer');
      stage.nameInstall(older, 'older');
      await stage.run(START, { build: older });
      await stage.drained();
      await stage.run(NOW, { build: newer });
      await stage.run(NOW, { build: older });
      await stage.run(['auth', 'doctor', '--json'], { build: older });
    },
  },
  {
    name: 'twelve starts at once, of both builds, come to one daemon',
    bothWays: true,
    play: async (stage) => {
      const { command, daemon } = stage.side;
      const starts = Array.from({ length: 12 }, (_, index) => {
        const { bin } = index % 2 === 0 ? command : daemon;
        return stage.world.run(NOW, { bin, env: { SPEC_KITTY_ENABLE_SAAS_SYNC: '1' } });
      });
      const codes = (await Promise.all(starts)).map(({ code }) => code);
      await stage.drained();
      stage.note('exit codes', codes);
      const report = (await stage.world.run(['auth', 'doctor', '--json'], { bin: command.bin })).json();
      const { candidates } = report as { candidates: { cleanup_class: string; skip_reason: string }[] };
      stage.note(
        'who listens',
        candidates.map((candidate) => [candidate.cleanup_class, candidate.skip_reason]),
      );
    },
  },
  leaves('it is idle', () => undefined),
  leaves('its state file was removed', (stage) => {
    rmSync(`${stage.world.root}/sync-daemon`);
  }),
  leaves('another is recorded', async (stage) => {
    stage.world.recordSingleton(await stage.daemon('successor', { port: 9410, version: '3.2.5' }));
  }),
  leaves('it is asked by SIGTERM', async (stage, pid) => {
    await stage.world.shell(`kill -TERM ${pid}`);
  }),
  skipped('hosted sync is off', { SPEC_KITTY_ENABLE_SAAS_SYNC: '0' }),
  skipped('it is disabled', { SPEC_KITTY_SYNC_DISABLE: '1' }),
  skipped('imports are minimal', { SPEC_KITTY_SYNC_MINIMAL_IMPORT: 'yes' }),
  skipped('it is manual', {}, '[sync]\nbackground_daemon = "manual"\n'),
];
