import { randomBytes, randomUUID } from 'node:crypto';
import { chmodSync, mkdirSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type Behaviour, behaviourVariables, type Journal, readJournal } from './behaviour.js';
import { type Running, startPython } from './fixtures.js';
import { homeOf, type Place } from './place.js';
import { python } from './machine.js';

export interface DaemonOptions extends Behaviour {
  readonly port: number;
  /** The release to imitate: it decides argv, health answer and owner file. */
  readonly version: string;
  readonly root?: string;
  readonly token?: string;
  readonly address?: string;
  /** What leads up to the program, ending in an exec of it. */
  readonly prefix?: readonly string[];
  /** Runs in a mount namespace of its own, in which this shell script has made its mounts. */
  readonly mounts?: string;
  /** Runs under our effective user, but under another real one: without a capability we may not signal it. */
  readonly realUid?: number;
  /** PID 1 is its parent. */
  readonly orphaned?: boolean;
  /** The started process stays and a child of it listens. */
  readonly launcher?: boolean | 'never-reaps';
  /** Lets others bind the very same address and port (SO_REUSEPORT). */
  readonly sharesPort?: boolean;
  /**
   * A child of it holds the listening socket too: for all to see, where nobody may look, or as this user. Or, hidden, one
   * whose parent is gone, or one in a session of its own.
   */
  readonly sharesSocket?: 'openly' | 'hidden' | 'adopted' | 'apart' | number;
  /** It listens on this port too. */
  readonly alsoOn?: number;
  /** Runs in a PID namespace of its own, as in a container; `pid` is the one in there. */
  readonly ownPids?: boolean;
}

export interface Daemon extends Running {
  readonly port: number;
  readonly token: string;
  readonly root: string;
  readonly journal: () => Journal;
}

export async function startDaemon(place: Place, options: DaemonOptions): Promise<Daemon> {
  const { port, uid, address, orphaned } = options;
  const token = options.token ?? randomBytes(16).toString('hex');
  const root = prepareRoot(place, options);
  const journal = join(place.folder, 'journals', randomUUID());
  const running = await startPython(place, argvOf(options, token, root), {
    env: { ...rootVariables(place, root), ...variablesOf(options), FIXTURE_JOURNAL: journal },
    address,
    uid,
    prefix: [
      ...(options.ownPids ? ['unshare', '--pid', '--fork', '--kill-child'] : []),
      ...(options.mounts === undefined
        ? []
        : ['unshare', '--mount', 'sh', '-c', `${options.mounts} && exec "$@"`, 'sh']),
      ...(options.prefix ?? []),
    ],
    orphaned,
  });
  return { ...running, port, token, root, journal: () => readJournal(journal) };
}

/** Exactly what docs/released-daemons.md shows: releases since 3.2.0 have three lines and two markers, older ones neither. */
function argvOf({ port, version }: DaemonOptions, token: string, root: string): readonly string[] {
  const start = `from specify_cli.sync.daemon import run_sync_daemon\nrun_sync_daemon(${port}, '${token}')\n`;
  if (generationOf(version) === 'pre-marker') return ['-c', start];
  return [
    '-c',
    `import os\nos.environ["SPEC_KITTY_SYNC_MINIMAL_IMPORT"] = "1"\n${start}`,
    `--spec-kitty-daemon-root=${root}`,
    `--spec-kitty-daemon-exec=${realpathSync(python)}`,
  ];
}

function generationOf(version: string): 'pre-marker' | 'shared-owner' | 'own-owner' {
  if (/^(?:[0-2]\.|3\.[01]\.|3\.2\.0(?:a|b|rc))/.test(version)) return 'pre-marker';
  return /^3\.2\.[0-3]$/.test(version) ? 'shared-owner' : 'own-owner';
}

function variablesOf(options: DaemonOptions): Record<string, string> {
  const { version, launcher, realUid, sharesPort, sharesSocket, alsoOn } = options;
  return {
    ...behaviourVariables(options),
    FIXTURE_VERSION: version,
    FIXTURE_GENERATION: generationOf(version),
    ...(realUid === undefined ? {} : { FIXTURE_REAL_UID: String(realUid) }),
    ...(launcher ? { FIXTURE_LAUNCHER: String(launcher) } : {}),
    ...(sharesPort ? { FIXTURE_SHARES_PORT: '1' } : {}),
    ...(alsoOn === undefined ? {} : { FIXTURE_ALSO_ON: String(alsoOn) }),
    ...(sharesSocket === undefined ? {} : { FIXTURE_SHARES_SOCKET: String(sharesSocket) }),
  };
}

/** Another user's daemon lives in that user's home; told to share a root, it must be able to write there. */
function prepareRoot(place: Place, { root, uid }: DaemonOptions): string {
  if (root === undefined) return join(homeOf(place, uid), '.spec-kitty');
  if (uid !== undefined) {
    const shared = join(root, 'sync', 'daemon');
    mkdirSync(shared, { recursive: true });
    chmodSync(shared, 0o777);
  }
  return root;
}

/** A root called `.spec-kitty` is that of a home directory, as most are and as 3.2.0 to 3.2.2 know no other. */
function rootVariables({ home }: Place, root: string): Record<string, string> {
  return basename(root) === '.spec-kitty' ? { HOME: dirname(root) } : { HOME: home, SPEC_KITTY_HOME: root };
}
