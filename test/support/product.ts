import { existsSync, realpathSync } from 'node:fs';
import { resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Finished, runCommand } from './command.js';
import { homeOf, type Place } from './place.js';
import { SIGNAL_CALLS } from './strace.js';

const HIDE_KOFFI = new URL('hide-package.mjs?koffi', import.meta.url).href;
const A_MINUTE_LATER = new URL('a-minute-later.mjs', import.meta.url).href;
const BIN = fileURLToPath(new URL('../../dist/bin.cjs', import.meta.url));

/** Every way to signal, to reach somebody, to send bytes, and to start a program. */
const TRACED = [...SIGNAL_CALLS, 'connect', 'write', 'writev', 'sendto', 'sendmsg', 'execve'].join(',');
/** Longer than any request or command line of ours. */
const TRACED_CHARACTERS = 4096;

export interface RunOptions {
  /** Another build of the product than the usual one. */
  readonly bin?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly uid?: number;
  readonly cwd?: string;
  readonly stdin?: string;
  /** As under a service manager that gives no HOME. */
  readonly unsetHome?: boolean;
  /** The only PATH that the product sees, for programs that it must do without. */
  readonly path?: string;
  /** Every signal, connection, write and program start of it goes to this file, as strace(1) writes them. */
  readonly traceTo?: string;
  /** In a PID namespace of its own, while `/proc` stays that of the one outside. */
  readonly inForeignPidNamespace?: boolean;
  /** Ended by SIGKILL after so long, as by a crash. */
  readonly killedAfterMs?: number;
  /** As if the optional native part had not been installed. */
  readonly withoutKoffi?: boolean;
  /** As if it were a minute later than it is. */
  readonly aMinuteLater?: boolean;
  /** The words of a command that runs the product: a tracer, or an `unshare`. */
  readonly under?: readonly string[];
  /** Root, but without the right to signal processes of other real users. */
  readonly withoutCapabilityToKill?: boolean;
}

export interface Outcome extends Finished {
  readonly ms: number;
  /** stdout, which must be one JSON document. */
  readonly json: () => unknown;
}

/** Runs `spec-kitty` as built, with a closed environment, in the namespace. */
export async function runProduct(
  place: Place,
  args: readonly string[],
  {
    bin = BIN,
    env = {},
    uid,
    cwd = place.folder,
    stdin,
    unsetHome,
    path,
    inForeignPidNamespace,
    traceTo,
    killedAfterMs,
    withoutKoffi,
    aMinuteLater,
    under = [],
    withoutCapabilityToKill,
  }: RunOptions = {},
): Promise<Outcome> {
  const whole: Record<string, string> = {
    ...(unsetHome ? {} : { HOME: homeOf(place, uid) }),
    NO_COLOR: '1',
    ...preloading(withoutKoffi ? HIDE_KOFFI : null, aMinuteLater ? A_MINUTE_LATER : null),
    ...env,
  };
  refuseOutside(place, cwd, whole);
  const from = performance.now();
  const launch = { env: whole, cwd, uid };
  const prefix = [
    // Entering a mount namespace leads to its root.
    ...['/usr/bin/env', `--chdir=${cwd}`],
    ...(withoutCapabilityToKill ? ['setpriv', '--bounding-set=-kill', '--inh-caps=-kill'] : []),
    ...(inForeignPidNamespace ? ['unshare', '--pid', '--fork', '--kill-child'] : []),
    ...(killedAfterMs === undefined ? [] : ['timeout', '--signal=KILL', String(killedAfterMs / 1000)]),
    ...(traceTo === undefined
      ? []
      : [
          ...['strace', '-f', '--seccomp-bpf', '-yy', '-s', String(TRACED_CHARACTERS)],
          ...['-e', `trace=${TRACED}`, '-o', traceTo],
        ]),
    ...(path === undefined ? [] : ['env', `PATH=${path}`]),
  ];
  const argv = [...prefix, ...under, process.execPath, bin, ...args];
  const finished = await runCommand(place.processes, argv, launch, stdin);
  return { ...finished, ms: performance.now() - from, json: () => JSON.parse(finished.stdout) as unknown };
}

function preloading(...modules: readonly (string | null)[]): Record<string, string> {
  const words = modules.flatMap((module) => (module === null ? [] : [`--import=${module}`]));
  return words.length === 0 ? {} : { NODE_OPTIONS: words.join(' ') };
}

/** The product may only ever see runtime roots that the test made (pitfall 16): never the developer's own. */
function refuseOutside({ folder }: Place, cwd: string, env: Readonly<Record<string, string>>): void {
  for (const name of ['HOME', 'SPEC_KITTY_HOME']) {
    const value = env[name];
    // An empty SPEC_KITTY_HOME counts as unset. Without HOME the product refuses by itself, and a test sees that.
    if (value === undefined || (value === '' && name === 'SPEC_KITTY_HOME')) continue;
    const path = resolve(cwd, value);
    if (!(existsSync(path) ? realpathSync(path) : path).startsWith(`${folder}${sep}`))
      throw new Error(`refusing to start the product with ${name}=${value}: it lies outside ${folder}`);
  }
}
