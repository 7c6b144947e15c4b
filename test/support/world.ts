import { rmSync } from 'node:fs';
import { ask, type Question } from './ask.js';
import { type HostileBehaviour, type PlainHttpOptions, startHostile, startPlainHttp } from './bystanders.js';
import { type DaemonOptions, startDaemon } from './daemons.js';
import { type DashboardOptions, startDashboard } from './dashboards.js';
import { recordSingleton, writeOwner, writeStateFile } from './files.js';
import { type FixtureOptions, startProgram } from './fixtures.js';
import { type IncidentProfile, startIncident } from './incident.js';
import { openNamespace } from './namespace.js';
import { startNodeExporter } from './node-exporter.js';
import { runCommand } from './command.js';
import { wrapProgram } from './wrap.js';
import { type Init, openPidNamespace } from './pid-namespace.js';
import { type OwnOptions, startOwn } from './own.js';
import { createPlace } from './place.js';
import { Processes } from './processes.js';
import { type RunOptions, runProduct } from './product.js';
import { startRecycler } from './recycler.js';
import { type Placement, prepareSwaps } from './swaps.js';

export type World = Awaited<ReturnType<typeof createWorld>>;

const OTHER_USER = 12345;
interface ManyListeners {
  readonly count: number;
  readonly first: number;
  readonly last: number;
  readonly uid?: number;
  readonly answer?: string;
}

interface WorldOptions {
  /** With process ids of its own too, under a first process of this kind. */
  readonly init?: Init;
}

/**
 * A world of a test's own: files in a temporary folder, sockets in a private network. Process ids are the machine's,
 * unless a test asks for others, so tests check the real process table. Nothing of it outlives `close`, or the death of the test process.
 */
export async function createWorld({ init }: WorldOptions = {}) {
  const network = await openNamespace();
  const namespace = init ? await openPidNamespace(network, init) : network;
  const processes = new Processes(namespace);
  const place = createPlace(processes);
  const { folder, home, root, project } = place;
  return {
    folder,
    /** HOME of the product. */
    home,
    /** The runtime root of the product. */
    root,
    /** A Spec Kitty project. */
    project,

    startDaemon: (options: DaemonOptions) => startDaemon(place, options),
    startIncident: (profile: IncidentProfile) => startIncident(place, profile),
    startOwn: (options: OwnOptions) => startOwn(place, options),
    startDashboard: (options: DashboardOptions) => startDashboard(place, options),
    startPlainHttp: (port: number, options?: PlainHttpOptions) => startPlainHttp(place, port, options),
    /** Any other of the fixture programs, resolved once it says that it is ready. */
    startProgram: (program: string, words: readonly (string | number)[], options?: FixtureOptions) =>
      startProgram(place, program, words, options),
    /** One process that listens on all of these ports and never answers. */
    startSilent: (ports: readonly number[], address?: string) =>
      startProgram(place, 'silent.py', ports, { address }),
    /**
     * Listens so many times, as this user, on the ports from `first` to `last` of as many loopback addresses as it takes.
     * @param answer what each of them answers, as `many_listeners.py` reads it; else they are silent
     */
    startManyListeners: ({ count, first, last, uid, answer }: ManyListeners) =>
      startProgram(
        place,
        'many_listeners.py',
        [count, first, last, ...(answer === undefined ? [] : [answer])],
        {
          uid,
        },
      ),
    /** Plays the upload endpoint; what it answers, and what it got, is in the folder (`upload_server.py`). */
    startUploadServer: (port: number) => startProgram(place, 'upload_server.py', [port, folder]),
    startNodeExporter: (textfiles: string) => startNodeExporter(place, textfiles),
    /** Mounts, where a process sees it, what never answers whoever touches it. */
    startDeadMount: (pid: number, path: string) => startProgram(place, 'dead_mount.py', [pid, path]),
    /** Another user, who takes many connections of a server (`crowd.py`); resolved once that many were opened. */
    startCrowd: (how: 'holds' | 'dribbles' | 'asks' | 'leaves', port: number, connections: number) =>
      startProgram(place, 'crowd.py', [how, port, connections], { uid: OTHER_USER }),
    startRelay: (port: number, target: number) => startProgram(place, 'relay.py', [port, target]),
    /** @param subject the PID to impersonate, or the port to redirect to */
    startHostile: (port: number, behaviour: HostileBehaviour, subject?: number) =>
      startHostile(place, port, behaviour, subject),

    writeStateFile: (content: Parameters<typeof writeStateFile>[1], of = root) => {
      writeStateFile(of, content);
    },
    writeOwner: (content: Parameters<typeof writeOwner>[1], of = root) => {
      writeOwner(of, content);
    },
    recordSingleton,

    run: (args: readonly string[], options?: RunOptions) => runProduct(place, args, options),
    /** Runs any other program as the product is run. */
    command: (argv: readonly string[], env: Readonly<Record<string, string>> = {}) =>
      runCommand(processes, argv, { env: { HOME: home, NO_COLOR: '1', ...env }, cwd: folder }),
    startRecycler: (seconds: number, pids: readonly number[]) => startRecycler(place, seconds, pids),
    /** The number that this test process knows a process by. */
    outside: (pid: number) => processes.outside(pid),
    prepareSwaps: (placement: Placement, pids: readonly number[]) => prepareSwaps(place, placement, pids),
    /** Runs a command line as an operator would paste it. */
    shell: (line: string) => runCommand(processes, ['sh', '-c', line], { env: { HOME: home }, cwd: folder }),
    /** Makes a program that runs another one inside, and hands it everything on. @returns its path */
    wrap: (program: string) => wrapProgram(place, namespace, program),
    ask: (port: number, question?: Question) => ask(place, port, question),

    close: async () => {
      await processes.close();
      await namespace.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
