import { rmSync } from 'node:fs';
import { ask, type Question } from './ask.js';
import {
  type HostileBehaviour,
  type PlainHttpOptions,
  startHostile,
  startFragileServer,
  startNodeServer,
  startPlainHttp,
} from './third-party-listeners.js';
import { type DaemonOptions, startDaemon } from './daemons.js';
import { type DashboardOptions, startDashboard } from './dashboards.js';
import { recordSingleton, writeOwner, writeStateFile } from './root-files.js';
import { type FixtureOptions, startProgram } from './fixtures.js';
import { type IncidentProfile, startIncident } from './incident.js';
import { openNamespace } from './namespace.js';
import { startNodeExporter } from './node-exporter.js';
import { runCommand } from './command.js';
import { wrapProgram } from './wrap.js';
import { type Init, openPidNamespace } from './pid-namespace.js';
import { type OwnDaemonOptions, startOwnDaemon } from './own-daemon.js';
import { createSandbox } from './sandbox.js';
import { Processes } from './processes.js';
import { type RunOptions, runProduct } from './product.js';
import { startForcedEvents } from './forced-events.js';
import { startRecycler } from './recycler.js';
import { openTerminal } from './terminal.js';
import { type SwapPoint, prepareSwaps } from './swaps.js';

export type World = Awaited<ReturnType<typeof createWorld>>;

const CROWD_USER = 12345;
interface ManyListeners {
  readonly count: number;
  readonly first: number;
  readonly last: number;
  readonly uid?: number;
  readonly answer?: string;
}

interface WorldOptions {
  /** Adds a PID namespace whose first process is of this kind. */
  readonly init?: Init;
}

/**
 * Creates an isolated environment for one test: a temporary folder for files and a network namespace for sockets. PIDs
 * are those of the machine unless `init` is given, so that tests use the real process table. `close`, or the end of the
 * test process, kills its processes; `close` also removes its folder.
 */
export async function createWorld({ init }: WorldOptions = {}) {
  const network = await openNamespace();
  const namespace = init ? await openPidNamespace(network, init) : network;
  const processes = new Processes(namespace);
  const sandbox = createSandbox(processes);
  const { folder, home, root, project } = sandbox;
  return {
    folder,
    /** HOME of the product. */
    home,
    /** The runtime root of the product. */
    root,
    /** A Spec Kitty project. */
    project,

    startDaemon: (options: DaemonOptions) => startDaemon(sandbox, options),
    startIncident: (profile: IncidentProfile) => startIncident(sandbox, profile),
    startOwnDaemon: (options: OwnDaemonOptions) => startOwnDaemon(sandbox, options),
    startDashboard: (options: DashboardOptions) => startDashboard(sandbox, options),
    startPlainHttp: (port: number, options?: PlainHttpOptions) => startPlainHttp(sandbox, port, options),
    startFragileServer: (port: number, behaviour: Parameters<typeof startFragileServer>[2]) =>
      startFragileServer(sandbox, port, behaviour),
    startNodeServer: (port: number, extraArguments?: readonly string[], script?: string) =>
      startNodeServer(sandbox, port, extraArguments, script),
    /** Starts any other fixture program. Resolves when it listens. */
    startProgram: (program: string, words: readonly (string | number)[], options?: FixtureOptions) =>
      startProgram(sandbox, program, words, options),
    /** Starts one process that listens on all of these ports and never answers. */
    startSilent: (ports: readonly number[], address?: string) =>
      startProgram(sandbox, 'silent.py', ports, { address }),
    /**
     * Starts `count` listeners of one user on the ports from `first` to `last`, on as many loopback addresses as
     * needed.
     * @param answer their answer, in the format of `many_listeners.py`; without one they are silent
     */
    startManyListeners: ({ count, first, last, uid, answer }: ManyListeners) =>
      startProgram(
        sandbox,
        'many_listeners.py',
        [count, first, last, ...(answer === undefined ? [] : [answer])],
        {
          uid,
        },
      ),
    /** Starts an upload endpoint. Files in the folder contain its answer and the uploads (`upload_server.py`). */
    startUploadServer: (port: number) => startProgram(sandbox, 'upload_server.py', [port, folder]),
    startNodeExporter: (textfiles: string) => startNodeExporter(sandbox, textfiles),
    /** Mounts a FUSE file system that never answers, in the mount namespace of a process. */
    startDeadMount: (pid: number, path: string) => startProgram(sandbox, 'dead_mount.py', [pid, path]),
    /**
     * Starts a process of another user that opens many connections to a server (`crowd.py`). Resolves when they are
     * open.
     */
    startCrowd: (how: 'holds' | 'dribbles' | 'asks' | 'leaves', port: number, connections: number) =>
      startProgram(sandbox, 'crowd.py', [how, port, connections], { uid: CROWD_USER }),
    startRelay: (port: number, target: number) => startProgram(sandbox, 'relay.py', [port, target]),
    /** @param subject the PID to impersonate, or the port to redirect to */
    startHostile: (port: number, behaviour: HostileBehaviour, subject?: number) =>
      startHostile(sandbox, port, behaviour, subject),

    writeStateFile: (content: Parameters<typeof writeStateFile>[1], of = root) => {
      writeStateFile(of, content);
    },
    writeOwner: (content: Parameters<typeof writeOwner>[1], of = root) => {
      writeOwner(of, content);
    },
    recordSingleton,

    run: (args: readonly string[], options?: RunOptions) => runProduct(sandbox, args, options),
    /** Starts the product on a terminal of its own. */
    openTerminal: (words: readonly string[], cwd?: string) => openTerminal(sandbox, words, undefined, cwd),
    /** Runs another program in the same environment as the product. */
    command: (argv: readonly string[], env: Readonly<Record<string, string>> = {}) =>
      runCommand(processes, argv, { env: { HOME: home, NO_COLOR: '1', ...env }, cwd: folder }),
    startForcedEvents: () => startForcedEvents(sandbox),
    startRecycler: (seconds: number, pids: readonly number[]) => startRecycler(sandbox, seconds, pids),
    /** Translates a PID of the world to the PID in the test process's PID namespace. */
    outside: (pid: number) => processes.outside(pid),
    prepareSwaps: (placement: SwapPoint, pids: readonly number[]) => prepareSwaps(sandbox, placement, pids),
    /** Runs a shell command line. */
    shell: (line: string) => runCommand(processes, ['sh', '-c', line], { env: { HOME: home }, cwd: folder }),
    /** Makes a script that runs a program inside the namespace with all its arguments. @returns its path */
    wrap: (program: string) => wrapProgram(sandbox, namespace, program),
    ask: (port: number, question?: Question) => ask(sandbox, port, question),

    close: async () => {
      await processes.close();
      await namespace.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
