import { existsSync, realpathSync, writeFileSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Finished, runCommand } from './command.js';
import { shellQuote } from '../../src/text/terminal.js';
import { homeOf, type Sandbox } from './sandbox.js';
import { SIGNAL_CALLS } from './strace.js';

const HIDE_KOFFI = new URL('hide-package.mjs?koffi', import.meta.url).href;
const ADD_MINUTE_TO_UPTIME = new URL('add-minute-to-uptime.mjs', import.meta.url).href;
const BIN = fileURLToPath(new URL('../../dist/bin.cjs', import.meta.url));
/** What printed commands start with in a world: no program is on its PATH, and no project has it. */
export const INVOCATION = shellQuote(BIN);

/** All system calls that signal, connect, send bytes or start a program. */
const TRACED = [...SIGNAL_CALLS, 'connect', 'write', 'writev', 'sendto', 'sendmsg', 'execve'].join(',');
/** Longer than any request or command line of ours. */
const TRACED_CHARACTERS = 4096;

export interface RunOptions {
  /** Another build of the product. */
  readonly bin?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly uid?: number;
  readonly cwd?: string;
  readonly stdin?: string;
  /** HOME is not set, as under a service manager. */
  readonly unsetHome?: boolean;
  /** Text that the product sees as `/etc/passwd`, in a mount namespace of its own. Needs root. */
  readonly passwd?: string;
  /** PATH of the product, to hide programs from it. */
  readonly path?: string;
  /** File for an strace(1) log of its signals, connections, writes and program starts. */
  readonly traceTo?: string;
  /** Runs in a PID namespace of its own with the `/proc` of the outer one. */
  readonly inForeignPidNamespace?: boolean;
  /** Killed by SIGKILL after this time, as by a crash. */
  readonly killedAfterMs?: number;
  /** koffi, the optional native package, is hidden. On macOS: its release has no signal for one certain process. */
  readonly withoutKoffi?: boolean;
  /** Its uptime is a minute more than it is, so that daemons which have just started count as a minute old. */
  readonly asIfRunningForAMinute?: boolean;
  /** Words of a command that runs the product, such as a tracer or `unshare`. */
  readonly under?: readonly string[];
}

export interface RunResult extends Finished {
  readonly ms: number;
  /** stdout, which must be one JSON document. */
  readonly json: () => unknown;
}

/** How the product is made to believe that it runs on another platform. */
export interface PretendedPlatform {
  /** The address of a module that is loaded before the product. */
  readonly preloaded: string;
  readonly env: Readonly<Record<string, string>>;
  /**
   * Words of a command that runs the product, as this user.
   * @param hasHandles whether a signal can reach one certain process, as it cannot on Linux without koffi
   */
  readonly under: (sandbox: Sandbox, uid: number | undefined, hasHandles: boolean) => readonly string[];
}

let platform: PretendedPlatform | null = null;

/** From now on the product runs as on this platform, in all worlds of this test file. */
export function pretend(pretended: PretendedPlatform | null): void {
  platform = pretended;
}

/** Whether the product runs as on macOS in this test file. */
export function isOnDarwin(): boolean {
  return platform !== null;
}

/** Runs the built `spec-kitty` in the namespace, with only the given environment. */
export async function runProduct(
  sandbox: Sandbox,
  args: readonly string[],
  {
    bin = BIN,
    env = {},
    uid,
    cwd = sandbox.folder,
    stdin,
    unsetHome,
    passwd,
    path,
    inForeignPidNamespace,
    traceTo,
    killedAfterMs,
    withoutKoffi,
    asIfRunningForAMinute,
    under = [],
  }: RunOptions = {},
): Promise<RunResult> {
  const whole: Record<string, string> = {
    ...(unsetHome ? {} : { HOME: homeOf(sandbox, uid) }),
    NO_COLOR: '1',
    ...preloading(
      platform?.preloaded ?? null,
      withoutKoffi && !platform ? HIDE_KOFFI : null,
      asIfRunningForAMinute ? ADD_MINUTE_TO_UPTIME : null,
    ),
    ...env,
  };
  if (passwd === undefined) refuseUserDatabase(whole);
  refuseOutside(sandbox, cwd, whole);
  const from = performance.now();
  const launch = { env: { ...platform?.env, ...whole }, cwd, uid: platform ? undefined : uid };
  const prefix = [
    // nsenter changes the working directory to the root of the mount namespace.
    ...['/usr/bin/env', `--chdir=${cwd}`],
    ...(inForeignPidNamespace ? ['unshare', '--pid', '--fork', '--kill-child'] : []),
    ...(killedAfterMs === undefined ? [] : ['timeout', '--signal=KILL', String(killedAfterMs / 1000)]),
    ...(traceTo === undefined
      ? []
      : [
          ...['strace', '-f', '--seccomp-bpf', '-yy', '-s', String(TRACED_CHARACTERS)],
          ...['-e', `trace=${TRACED}`, '-o', traceTo],
        ]),
    ...(path === undefined ? [] : ['env', `PATH=${path}`]),
    ...(passwd === undefined ? [] : withUserDatabase(sandbox, passwd)),
  ];
  const argv = [
    ...prefix,
    ...(platform?.under(sandbox, uid, !withoutKoffi) ?? []),
    ...under,
    process.execPath,
    bin,
    ...args,
  ];
  const finished = await runCommand(sandbox.processes, argv, launch, stdin);
  return { ...finished, ms: performance.now() - from, json: () => JSON.parse(finished.stdout) as unknown };
}

function preloading(...modules: readonly (string | null)[]): Record<string, string> {
  const words = modules.flatMap((module) => (module === null ? [] : [`--import=${module}`]));
  return words.length === 0 ? {} : { NODE_OPTIONS: words.join(' ') };
}

/**
 * Returns the words of a command that runs the product with its own `/etc/passwd`, in which the home folders must lie in
 * the sandbox. No other source of users is asked: some systems have one that always knows root.
 */
function withUserDatabase({ folder }: Sandbox, passwd: string): readonly string[] {
  writeFileSync(join(folder, 'passwd'), passwd);
  writeFileSync(join(folder, 'nsswitch.conf'), 'passwd: files\n');
  const script = `
    for name in passwd nsswitch.conf; do mount --bind "$0/$name" "/etc/$name" || exit 99; done
    case $(getent passwd "$(id -u)" | cut -d: -f6) in "$0"/*) ;; ?*) exit 99 ;; esac
    exec "$@"`;
  return ['unshare', '--mount', '--', 'sh', '-c', script, folder];
}

/** Refuses to run where the product would use the developer's own home folder, that of the user database. */
function refuseUserDatabase({ HOME, SPEC_KITTY_HOME: root }: Readonly<Record<string, string>>): void {
  if (HOME === undefined && !root) throw new Error('refusing to start the product without HOME and passwd');
}

/** Refuses a runtime root outside the sandbox: the product must never touch the developer's own (pitfall 16). */
function refuseOutside({ folder }: Sandbox, cwd: string, env: Readonly<Record<string, string>>): void {
  for (const name of ['HOME', 'SPEC_KITTY_HOME']) {
    const value = env[name];
    // An empty SPEC_KITTY_HOME counts as unset.
    if (value === undefined || (value === '' && name === 'SPEC_KITTY_HOME')) continue;
    const path = resolve(cwd, value);
    if (!(existsSync(path) ? realpathSync(path) : path).startsWith(`${folder}${sep}`))
      throw new Error(`refusing to start the product with ${name}=${value}: it lies outside ${folder}`);
  }
}
