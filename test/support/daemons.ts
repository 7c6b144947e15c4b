import { randomBytes, randomUUID } from 'node:crypto';
import { chmodSync, mkdirSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type Behaviour, behaviourVariables, type Journal, readJournal } from './behaviour.js';
import { type Running, startPython } from './fixtures.js';
import { homeOf, type Sandbox } from './sandbox.js';
import { python } from './requirements.js';

export interface DaemonOptions extends Behaviour {
  readonly port: number;
  /** The release to imitate. It determines argv, health answer and owner file. */
  readonly version: string;
  readonly root?: string;
  readonly token?: string;
  readonly address?: string;
  /** Words of a command that ends with an exec of the program. */
  readonly prefix?: readonly string[];
  /** Options of Python before `-c`, as a debugger adds them. Its command line is then that of no release. */
  readonly pythonOptions?: readonly string[];
  /** Arguments after those of a release. */
  readonly extraArguments?: readonly string[];
  /** Shell script that makes mounts in a mount namespace of the daemon's own. */
  readonly mounts?: string;
  /** Another real user id, with our effective one. We may signal it only with CAP_KILL. */
  readonly realUid?: number;
  /** Its parent is PID 1. */
  readonly orphaned?: boolean;
  /** The started process stays as the parent of the process that listens. */
  readonly launcher?: boolean | 'never-reaps';
  /** Sets SO_REUSEPORT, so that another socket can have the same address and port. */
  readonly sharesPort?: boolean;
  /**
   * A second process has the listening socket open: a readable child (`openly`), a child whose descriptors we may not
   * read (`hidden`), one that is hidden and whose parent has exited (`adopted`), one that is hidden and in a session of
   * its own (`apart`), or a child of this user (a number).
   */
  readonly sharesSocket?: 'openly' | 'hidden' | 'adopted' | 'apart' | number;
  /** The name that the process gives itself, and that of the child in `sharesSocket`. */
  readonly processName?: string;
  readonly childName?: string;
  /** A second port that it listens on. */
  readonly alsoOn?: number;
  /** Runs in a PID namespace of its own, as in a container; `pid` is its PID there. */
  readonly ownPids?: boolean;
}

export interface Daemon extends Running {
  readonly port: number;
  readonly token: string;
  readonly root: string;
  readonly journal: () => Journal;
}

export async function startDaemon(sandbox: Sandbox, options: DaemonOptions): Promise<Daemon> {
  const { port, uid, address, orphaned } = options;
  const token = options.token ?? randomBytes(16).toString('hex');
  const root = prepareRoot(sandbox, options);
  const journal = join(sandbox.folder, 'journals', randomUUID());
  const running = await startPython(sandbox, argvOf(options, token, root), {
    env: { ...rootVariables(sandbox, root), ...variablesOf(options), FIXTURE_JOURNAL: journal },
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

function argvOf(options: DaemonOptions, token: string, root: string): readonly string[] {
  const { pythonOptions = [], extraArguments = [] } = options;
  return [...pythonOptions, ...releasedArgv(options, token, root), ...extraArguments];
}

/**
 * Exactly what docs/released-daemons.md shows: releases since 3.2.0 have three lines and two markers, older ones
 * neither.
 */
function releasedArgv({ port, version }: DaemonOptions, token: string, root: string): readonly string[] {
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
  const { version, launcher, realUid, sharesPort, sharesSocket, alsoOn, processName, childName } = options;
  return {
    ...behaviourVariables(options),
    FIXTURE_VERSION: version,
    FIXTURE_GENERATION: generationOf(version),
    ...(realUid === undefined ? {} : { FIXTURE_REAL_UID: String(realUid) }),
    ...(launcher ? { FIXTURE_LAUNCHER: String(launcher) } : {}),
    ...(sharesPort ? { FIXTURE_SHARES_PORT: '1' } : {}),
    ...(alsoOn === undefined ? {} : { FIXTURE_ALSO_ON: String(alsoOn) }),
    ...(sharesSocket === undefined ? {} : { FIXTURE_SHARES_SOCKET: String(sharesSocket) }),
    ...(processName === undefined ? {} : { FIXTURE_PROCESS_NAME: processName }),
    ...(childName === undefined ? {} : { FIXTURE_CHILD_NAME: childName }),
  };
}

/** The default root of another user's daemon is in that user's home. A given root is made writable for that user. */
function prepareRoot(sandbox: Sandbox, { root, uid }: DaemonOptions): string {
  if (root === undefined) return join(homeOf(sandbox, uid), '.spec-kitty');
  if (uid !== undefined) {
    const shared = join(root, 'sync', 'daemon');
    mkdirSync(shared, { recursive: true });
    chmodSync(shared, 0o777);
  }
  return root;
}

/** A root named `.spec-kitty` is in a home directory, the only place that releases 3.2.0 to 3.2.2 use. */
function rootVariables({ home }: Sandbox, root: string): Record<string, string> {
  return basename(root) === '.spec-kitty' ? { HOME: dirname(root) } : { HOME: home, SPEC_KITTY_HOME: root };
}
