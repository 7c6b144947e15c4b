import { join } from 'node:path';
import { during } from '../enforcement/waits.js';
import type { Machine, Observer } from '../machine/machine.js';
import { type Environment } from '../machine/runtime.js';
import type { Family } from '../model/family.js';
import { integerOf, objectOf, textOf } from '../model/json.js';
import { DAEMON_FILES } from '../model/root.js';
import { ownCommandLine, parseSpawnShape } from '../model/spawn-command.js';
import { inertName, shellQuote } from '../text/terminal.js';
import { CHECKOUT_VARIABLE, DAEMON_VARIABLES, LOCK_DESCRIPTOR, READY_DESCRIPTOR } from './settings.js';

/** The result of starting a daemon. `range_full`: every free port was taken before the daemon could listen on it. */
export type StartedDaemon =
  | {
      readonly kind: 'started';
      readonly pid: number;
      readonly port: number;
      /** Tells the daemon that a scan finds it. */
      confirm(): void;
      /** Makes the daemon retire. @returns whether it has ended */
      refuse(): Promise<boolean>;
    }
  | { readonly kind: 'range_full' }
  | { readonly kind: 'failed'; readonly why: string; readonly remedy: string };

export interface StartRequest {
  readonly family: Family;
  readonly root: string;
  /** Ports without a listener in the last scan, in the order to try them. */
  readonly ports: readonly number[];
  /** File descriptor that holds the start lock. */
  readonly lock: number;
  readonly environment: Environment;
}

const PROGRAMS: Readonly<Record<Family, string>> = {
  sync: 'dist/sync-daemon.cjs',
  dashboard: 'dist/dashboard-server.cjs',
};
/** A daemon is ready within 0.2 s; the rest is for an overloaded machine. */
const START_DEADLINE_MS = 8000;

/** A refused daemon retires at once. The time is for an overloaded machine. */
const REFUSED_DEADLINE_MS = 5000;

/**
 * Starts the daemon of a root on the first free port, and waits until the daemon has recorded itself. The caller must
 * confirm or refuse it.
 */
export async function startDaemon(
  machine: Machine,
  { family, root, ports, lock, environment }: StartRequest,
): Promise<StartedDaemon> {
  const found = machine.observer.files.realPath(root);
  if (!found.ok)
    return { kind: 'failed', why: `${root}: ${found.why}`, remedy: `see \`ls -ld ${shellQuote(root)}\`` };
  const directory = found.value;
  const log = join(directory, DAEMON_FILES[family].log);
  for (const port of ports) {
    const argv = argvFor(machine.observer, family, directory, port);
    // No scan would recognise a daemon with this command line, so no command would ever clean it up. It is not started.
    if (!parseSpawnShape(family, { elements: argv, exact: true }))
      return {
        kind: 'failed',
        why: `${machine.observer.self.executable} is not named node, so no later command would recognise its daemon`,
        remedy: 'run this command with an executable that is named `node`',
      };
    const starting = machine.actor.programs.startDetached(argv, {
      env: environmentFor(machine.observer, family, environment),
      log,
      inherited: { at: LOCK_DESCRIPTOR, descriptor: lock },
      answerDescriptor: READY_DESCRIPTOR,
      deadlineMs: START_DEADLINE_MS,
    });
    const wait = {
      doing: 'waiting for the new daemon on',
      port,
      then: 'to start',
      atMostMs: START_DEADLINE_MS,
    };
    const answer = await during(machine, wait, starting);
    if (!answer.ok)
      return { kind: 'failed', why: answer.why, remedy: remedyOf(answer.step, answer.code, directory, log) };
    const fields = parse(answer.line);
    const pid = integerOf(fields?.['pid']);
    if (pid !== null) {
      return {
        kind: 'started',
        pid,
        port,
        confirm: () => {
          answer.confirm();
        },
        refuse: () =>
          during(
            machine,
            {
              doing: 'waiting for the new daemon on',
              port,
              then: 'to retire',
              atMostMs: REFUSED_DEADLINE_MS,
            },
            answer.refuse(REFUSED_DEADLINE_MS),
          ),
      };
    }
    await answer.refuse(REFUSED_DEADLINE_MS);
    // Another process took the port after the scan.
    if (fields?.['code'] === 'EADDRINUSE') continue;
    const why = textOf(fields?.['why']) ?? 'its answer could not be read';
    const code = textOf(fields?.['code']);
    return { kind: 'failed', why, remedy: remedyOf('process', code, directory, log) };
  }
  return { kind: 'range_full' };
}

const RAISE_LIMIT = (): string =>
  'raise the limit of open files, for example with `ulimit -n 1024`, and run this command again';
const LOOK_AT_ROOT = (root: string): string =>
  `df ${root} && ls -la ${root}  # shows whether its file system is full, and who may write to it`;

/** What to do about an error, by the name of the system's error or the code of the daemon. */
const REMEDIES: Readonly<Record<string, (root: string) => string>> = {
  EMFILE: RAISE_LIMIT,
  ENFILE: RAISE_LIMIT,
  ENOSPC: LOOK_AT_ROOT,
  EDQUOT: LOOK_AT_ROOT,
  unrecorded: LOOK_AT_ROOT,
  EROFS: () => 'set SPEC_KITTY_HOME to a folder that you can write',
  EADDRNOTAVAIL: () => 'sudo ip link set lo up',
};

/**
 * Returns what to do about a failed start.
 * @param step what failed; `process` if the daemon itself answered that it could not start
 * @param code the name of the system's error, if known
 */
function remedyOf(step: 'log' | 'spawn' | 'process', code: string | null, root: string, log: string): string {
  if (code === 'EACCES' && step === 'process')
    return 'sudo sysctl net.ipv4.ip_unprivileged_port_start=1024  # lets every user listen on higher ports';
  const known = code === null ? undefined : REMEDIES[code];
  if (known) return known(shellQuote(root));
  if (step === 'log') return `mv ${shellQuote(log)} ${shellQuote(`${log}.old`)}`;
  return step === 'spawn'
    ? 'see whether this user may start another process, and whether that program still exists'
    : `see the end of ${inertName(log)}`;
}

function argvFor(observer: Observer, family: Family, root: string, port: number): readonly string[] {
  const id = observer.randomBytes(16).toString('hex');
  return ownCommandLine(family, [observer.self.executable, observer.files.packagePath(PROGRAMS[family])], {
    root,
    port,
    id,
  });
}

function environmentFor(
  observer: Observer,
  family: Family,
  environment: Environment,
): Record<string, string> {
  const inherited = DAEMON_VARIABLES[family].flatMap((name) => {
    const value = environment[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const checkout = family === 'sync' ? observer.self.workingDirectory() : null;
  return { ...Object.fromEntries(inherited), ...(checkout !== null && { [CHECKOUT_VARIABLE]: checkout }) };
}

function parse(line: string): Record<string, unknown> | null {
  try {
    return objectOf(JSON.parse(line));
  } catch {
    return null;
  }
}
