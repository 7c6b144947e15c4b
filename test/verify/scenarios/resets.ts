import { mkdirSync } from 'node:fs';
import type { DaemonOptions } from '../../support/daemons.js';
import { REFUSING_SIGNALS } from '../../support/strace.js';
import type { Scenario } from '../play.js';
import type { Stage } from '../stage.js';

const OTHER_USER = 12_345;
const CLOSELY = true;
const RESET = ['auth', 'doctor', '--reset', '--json'];

/** Looks, resets, and looks at what is left. */
function lookAndReset(name: string, build: (stage: Stage) => Promise<void>, isClose = false): Scenario {
  return {
    name,
    play: async (stage) => {
      await build(stage);
      await (isClose ? stage.lookClosely() : stage.look());
      await stage.run(RESET);
      await stage.lookWith(['auth', 'doctor']);
    },
  };
}

/** A world of one kind of daemon: what is said of it, and what a reset does to it. */
function one(name: string, options: Partial<DaemonOptions>, recorded = false): Scenario {
  return lookAndReset(name, async (stage) => {
    const daemon = await stage.daemon('daemon', { port: 9401, version: '3.2.3', ...options });
    if (recorded) stage.world.recordSingleton(daemon);
  });
}

/** An orphan and a live daemon of this root, whose state file says something else than the usual. */
function withStateFile(
  name: string,
  content: (live: { readonly token: string; readonly pid: number }) => string | readonly (string | number)[],
): Scenario {
  return lookAndReset(`a state file ${name}`, async (stage) => {
    const live = await stage.daemon('live', { port: 9401, version: '3.2.3' });
    await stage.daemon('orphan', { port: 9402, version: '3.2.4' });
    stage.world.writeStateFile(content(live));
  });
}

/** What `auth doctor` says of worlds of released daemons, and what a reset does to them. */
export const RESETS: readonly Scenario[] = [
  {
    name: 'orphans, some of which do not leave when asked, beside live ones and third parties',
    play: async (stage) => {
      const { world } = stage;
      await stage.daemon('orphan', { port: 9401, version: '3.2.2' });
      await stage.daemon('pre-marker', { port: 9402, version: '3.1.4' });
      await stage.daemon('stubborn', { port: 9403, version: '3.2.3', refusesShutdown: true });
      await stage.daemon('deaf', { port: 9404, version: '3.2.4', refusesShutdown: true, ignoresTerm: true });
      const live = await stage.daemon('live', { port: 9405, version: '3.2.5' });
      const root = `${world.folder}/other/.spec-kitty`;
      const there = await stage.daemon('live there', { port: 9406, version: '3.2.5', root });
      world.recordSingleton(live);
      world.recordSingleton(there);
      stage.known('web server', await world.startPlainHttp(9408));
      stage.known('dashboard', await world.startDashboard({ port: 9409 }));
      stage.known('relay', await world.startRelay(9410, 9405));
      await stage.lookClosely();
      await stage.lookWith(['auth', 'doctor', '--collector', 'systeminformation', '--json']);
      await stage.run(['auth', 'doctor', '--reset', '--only', 'safe_auto', '--json']);
      await stage.run(RESET);
      await stage.run(['sync', 'stop', '--json']);
      await stage.lookWith(['auth', 'doctor', '--json']);
    },
  },
  {
    name: 'the incident: eighteen orphans of one root',
    play: async (stage) => {
      const versions = ['3.2.2', '3.2.3', '3.2.4'].flatMap((version) => Array<string>(6).fill(version));
      for (const [index, version] of versions.entries())
        await stage.daemon(`orphan ${index + 1}`, { port: 9401 + index, version });
      await stage.lookWith(['auth', 'doctor', '--json']);
      await stage.lookWith(['auth', 'doctor']);
      await stage.run(RESET);
      await stage.run(['auth', 'doctor']);
    },
  },
  {
    name: 'a reset in text, of an orphan, of one that stays, and of another user',
    play: async (stage) => {
      await stage.daemon('orphan', { port: 9401, version: '3.2.2' });
      await stage.daemon('deaf', { port: 9402, version: '3.2.3', refusesShutdown: true });
      await stage.daemon('theirs', { port: 9403, version: '3.2.3', uid: OTHER_USER });
      await stage.run(['auth', 'doctor', '--reset'], { withoutKoffi: true });
      await stage.run(['auth', 'doctor', '--reset']);
      await stage.run(['auth', 'doctor', '--reset']);
      await stage.run(['auth', 'doctor', '--explain']);
    },
  },
  lookAndReset(
    'every kind that needs a decision',
    async (stage) => {
      const root = `${stage.world.folder}/other/.spec-kitty`;
      await stage.daemon('pre-marker', { port: 9401, version: '3.1.4' });
      await stage.daemon('cross-root', { port: 9402, version: '3.2.3', root });
      await stage.daemon('unresponsive', { port: 9403, version: '3.2.3', silentSeconds: Infinity });
      await stage.daemon('no token', { port: 9404, version: '3.2.3', healthPatch: { token: null } });
      await stage.daemon('mismatch', { port: 9405, version: '3.2.4', healthPatch: { owner: { pid: 1 } } });
      await stage.daemon('starting', { port: 9406, version: '3.2.4', healthPatch: { status: 'starting' } });
    },
    CLOSELY,
  ),
  {
    name: 'a reset without koffi, which signals nobody',
    play: async (stage) => {
      await stage.daemon('orphan', { port: 9401, version: '3.2.2' });
      await stage.daemon('stubborn', { port: 9402, version: '3.2.3', refusesShutdown: true });
      await stage.lookWith(['auth', 'doctor', '--json'], { withoutKoffi: true });
      await stage.run(RESET, { withoutKoffi: true });
    },
  },
  {
    name: 'a reset without the right to signal',
    play: async (stage) => {
      await stage.daemon('shielded', { port: 9415, version: '3.2.3', refusesShutdown: true });
      await stage.daemon('good', { port: 9416, version: '3.2.3' });
      await stage.run(RESET, { under: REFUSING_SIGNALS, traced: false });
    },
  },
  {
    name: 'a reset by an ordinary user, of its own daemon and of that of root',
    play: async (stage) => {
      await stage.daemon('of root', { port: 9413, version: '3.2.3' });
      await stage.daemon('of the user', { port: 9414, version: '3.2.3', uid: OTHER_USER });
      const { folder } = stage.world;
      await stage.lookWith(['auth', 'doctor', '--json', '--explain'], { uid: OTHER_USER, cwd: folder });
      await stage.lookWith(['auth', 'doctor'], { uid: OTHER_USER, cwd: folder });
      await stage.run(['auth', 'doctor', '--reset', '--json'], {
        ...{ uid: OTHER_USER, cwd: folder, traced: false },
      });
    },
  },
  {
    name: 'a reset from a PID namespace of its own',
    play: async (stage) => {
      await stage.daemon('orphan', { port: 9406, version: '3.2.3' });
      await stage.lookWith(['auth', 'doctor', '--json'], { inForeignPidNamespace: true });
      await stage.run(RESET, { inForeignPidNamespace: true, traced: false });
    },
  },
  {
    name: 'a recorded daemon that is busy, and answers while a reset asks it',
    play: async (stage) => {
      const busy = { port: 9403, version: '3.2.4', silentSeconds: 6 };
      stage.world.recordSingleton(await stage.daemon('busy', busy));
      await stage.run(RESET);
    },
  },
  one('a recorded daemon that is stuck', { silentSeconds: Infinity }, true),
  one('a daemon with a launcher', { version: '3.2.4', launcher: true }),
  one('a daemon on another address', { address: '127.0.0.2' }),
  one('a daemon whose child holds its socket too', { sharesSocket: 'openly' }),
  one('a daemon that listens on two ports', { port: 9402, alsoOn: 9401 }),
  one('a daemon that lies about its token', { healthPatch: { token: 'other' } }, true),
  one('a daemon that takes its time', { exitSeconds: 1.5 }),
  one('a daemon of a hostile version', {
    version: '3.2.4',
    healthPatch: { package_version: '\u001b[31m3.2.4\u0007' },
  }),
  lookAndReset('two daemons that share one address', async (stage) => {
    await stage.daemon('first', { port: 9401, version: '3.2.3', sharesPort: true });
    await stage.daemon('second', { port: 9401, version: '3.2.3', sharesPort: true });
  }),
  lookAndReset(
    'listeners of every behaviour',
    async (stage) => {
      const { world } = stage;
      const web = stage.known('web server', await world.startPlainHttp(9401));
      stage.known('impostor', await world.startHostile(9402, 'impostor', web.pid));
      stage.known('redirect', await world.startHostile(9403, 'redirect', 9401));
      stage.known('broken', await world.startHostile(9404, 'broken-json'));
      stage.known('escapes', await world.startHostile(9405, 'terminal-escapes'));
      stage.known('error', await world.startHostile(9407, 'server-error'));
      stage.known('as a dashboard', await world.startHostile(9408, 'dashboard'));
      stage.known('silent', await world.startSilent([9409, 9410]));
      stage.known('sixth', await world.startPlainHttp(9401, { address: '::1' }));
      stage.known('everywhere', await world.startPlainHttp(9411, { address: '0.0.0.0' }));
      const mentions = [
        '-c',
        "from specify_cli.sync.daemon import run_sync_daemon\nrun_sync_daemon(9412, 'x')\n",
      ];
      stage.known('editor', await world.startPlainHttp(9412, { extraArguments: mentions }));
      await stage.daemon('orphan', { port: 9413, version: '3.2.3' });
    },
    CLOSELY,
  ),
  lookAndReset('nobody', () => Promise.resolve()),
  lookAndReset('silent listeners on all ports', async (stage) => {
    const every = Array.from({ length: 50 }, (_, index) => 9400 + index);
    stage.known('silent', await stage.world.startSilent(every));
  }),
  withStateFile('with all four lines', ({ token, pid }) => ['http://127.0.0.1:9401', 9401, token, pid]),
  withStateFile('without a PID', ({ token }) => ['http://127.0.0.1:9401', 9401, token]),
  withStateFile('without a token', ({ pid }) => ['http://127.0.0.1:9401', 9401, pid]),
  withStateFile('of one word', () => 'corrupt'),
  withStateFile('with another port than its address', () => 'http://127.0.0.1:9401\n9402\n'),
  withStateFile('that names nobody', () => ['http://127.0.0.1:9420', 9420, 'f'.repeat(32), 4_000_000]),
  lookAndReset('a folder in the place of the state file', async (stage) => {
    await stage.daemon('orphan', { port: 9402, version: '3.2.4' });
    mkdirSync(`${stage.world.root}/sync-daemon`, { recursive: true });
  }),
  lookAndReset('a root that everybody may write', async (stage) => {
    const live = await stage.daemon('live', { port: 9401, version: '3.2.4' });
    stage.world.recordSingleton(live);
    await stage.world.shell(`chmod 777 ${stage.world.root}`);
  }),
  lookAndReset('a daemon that is stopped', async (stage) => {
    const stopped = await stage.daemon('stopped', { port: 9401, version: '3.2.5', oneAtATime: true });
    stage.world.recordSingleton(stopped);
    await stage.world.shell(`kill -STOP ${stopped.pid}`);
  }),
];
