import { join } from 'node:path';
import { readRootNow, scanOwnListeners } from '../examine.js';
import type { Machine } from '../machine/machine.js';
import {
  type AllowedClients,
  type LoopbackAnswer,
  type LoopbackRequest,
  type LoopbackServer,
} from '../machine/server.js';
import type { Family } from '../model/family.js';
import type { Retirement } from '../model/journal.js';
import { DAEMON_FILES, type WorkScope } from '../model/root.js';
import { type OwnShape, parseSpawnShape } from '../model/spawn-command.js';
import { controlPlaneHandler, type Controls } from './control-plane.js';
import { type OwnIdentity, removeOwnRecords, writeOwnRecords } from './identity-record.js';
import type { DaemonLog } from './log.js';
import { isRecorded, retirementReason } from './retirement.js';
import { type IdleTimeouts, LOCK_DESCRIPTOR, READY_DESCRIPTOR, type StartAnswer } from './settings.js';
import { escapeForTerminal, inertName } from '../text/terminal.js';

/** Result of starting this daemon. The starter receives the code and reason of a failure. */
export type StartResult =
  | { readonly ok: true; readonly daemon: RecordedDaemon }
  | { readonly ok: false; readonly code: string; readonly why: string };

/** A daemon that listens and is recorded. */
interface RecordedDaemon {
  /** Begins the work of its service. */
  begin(): void;
  retire(retirement: Retirement): void;
}

/** The work of a daemon: what differs between the families. */
export interface DaemonService extends Controls {
  readonly allowedClients: AllowedClients;
  readonly workScope: WorkScope;
  /** Answers requests that only this service knows; null for any other request. */
  answer(request: LoopbackRequest): Promise<LoopbackAnswer> | null;
  /** How long the service has been idle, in milliseconds. */
  idleMs(): number;
  /** Starts pending work, if any. Called after every check that found no reason to retire. */
  wake(): void;
  /** Stops the service. Work in progress may take `graceMs` longer. */
  stop(graceMs: number): Promise<void>;
}

/** Grace time for work in progress after a shutdown request or stop signal. The requester waits 3 s for the exit. */
const REQUESTED_GRACE_MS = 1500;
/** Grace time when the daemon retires by itself: the deadline of an upload plus 5 s. */
const RETIREMENT_GRACE_MS = 65_000;
/** How long after the grace time the process exits even if its shutdown hangs. */
const WATCHDOG_MS = 1000;

/**
 * Runs a daemon of either family: listens, records itself, runs its service, and exits when it retires. Resolves when
 * the daemon is recorded, or when it could not start. Timers and the socket keep the process alive.
 */
export async function runUntilRetired(
  machine: Machine,
  identity: OwnIdentity,
  service: DaemonService,
  log: DaemonLog,
  { idleSeconds, tickMs }: IdleTimeouts,
): Promise<StartResult> {
  const { family, root, port } = identity;
  const rootAtStart = readRootNow(machine.observer, family, root).directory;
  let isRetiring = false;
  const retire = (retirement: Retirement, graceMs: number): void => {
    if (isRetiring) return;
    isRetiring = true;
    timer.cancel();
    void shutDown(machine, retirement, graceMs, {
      identity,
      log,
      service,
      server: opened.ok ? opened.server : null,
    });
  };
  const retireOnRequest = (detail: string): void => {
    retire({ reason: 'asked', detail }, REQUESTED_GRACE_MS);
  };
  const control = controlPlaneHandler(
    identity,
    {
      health: () => service.health(),
      actions: {
        ...service.actions,
        shutdown: () => {
          // Retires after this answer is sent.
          machine.observer.clock.after(0, () => {
            retireOnRequest('a shutdown request');
          });
          return { status: 200, body: { status: 'stopping' } };
        },
      },
    },
    () => machine.observer.clock.now().getTime(),
  );
  const opened = await machine.actor.serve(port, service.allowedClients, (request) => {
    return service.answer(request) ?? control(request);
  });
  if (!opened.ok)
    return { ok: false, code: opened.code, why: `cannot listen on port ${port}: ${opened.code}` };
  const unwritten = await writeOwnRecords(machine, identity, service.workScope);
  if (unwritten !== null) {
    opened.server.close();
    return { ok: false, code: 'unrecorded', why: `cannot write to ${inertName(root)}: ${unwritten}` };
  }

  machine.actor.daemon.onStopSignal(retireOnRequest);
  const tick = async (): Promise<void> => {
    const reason = await retirementReason(machine.observer, identity, rootAtStart, () =>
      scanOwnListeners(machine.observer, family, root),
    );
    const retirement = reason ?? idleness();
    if (retirement) retire(retirement, RETIREMENT_GRACE_MS);
    else service.wake();
  };
  const idleness = (): Retirement | null => {
    const seconds = Math.floor(service.idleMs() / 1000);
    return seconds < idleSeconds ? null : { reason: 'idle', detail: `nothing to do for ${seconds} s` };
  };
  const timer = machine.observer.clock.every(tickMs, () => {
    tick().catch(log.error);
  });
  log.started();
  return {
    ok: true,
    daemon: {
      begin: () => {
        service.wake();
      },
      retire: (retirement) => {
        retire(retirement, REQUESTED_GRACE_MS);
      },
    },
  };
}

interface RunningDaemon {
  readonly identity: OwnIdentity;
  readonly log: DaemonLog;
  readonly service: DaemonService;
  readonly server: LoopbackServer | null;
}

/** Stops listening, stops the service, removes the records of this daemon, and exits. */
async function shutDown(
  machine: Machine,
  retirement: Retirement,
  graceMs: number,
  { identity, log, service, server }: RunningDaemon,
): Promise<void> {
  machine.observer.clock.after(graceMs + WATCHDOG_MS, () => machine.actor.daemon.exit(1));
  const { family, root } = identity;
  try {
    server?.close();
    await service.stop(graceMs);
    // A deleted root must not be created again, and a directory in its place belongs to another program.
    if (retirement.reason !== 'root_gone') {
      await removeOwnRecords(machine, identity, () =>
        isRecorded(readRootNow(machine.observer, family, root), identity),
      );
      log.retired(retirement);
    }
  } catch (error) {
    log.error(error);
  }
  machine.actor.daemon.exit(0);
}

/**
 * Starts the daemon as the main function of its program, and reports the result to the starter, which waits for one
 * line. The daemon inherits the start lock from its starter and releases the lock when it has recorded itself, even if
 * the starter has exited by then. It then waits until the starter confirms that a fresh scan finds it; a daemon that no
 * command could find again retires.
 * @param startedBy the command that starts this daemon, for the message to a user who runs the program by hand
 */
export async function runDaemonProgram(
  machine: Machine,
  family: Family,
  startedBy: string,
  start: (shape: OwnShape) => Promise<StartResult>,
): Promise<void> {
  const shape = parseSpawnShape(family, { elements: machine.observer.self.commandLine, exact: true });
  if (
    shape?.generation !== 'own' ||
    !machine.actor.daemon.isInherited(LOCK_DESCRIPTOR, join(shape.root, DAEMON_FILES[family].lock))
  ) {
    // Descriptors 3 and 4 were not inherited from a starter here. Node may use these numbers, so do not close them.
    exitWithError(machine, family, `this program is started by \`${startedBy}\`, not by hand`);
  }
  const result = await start(shape);
  const answer: StartAnswer = result.ok ? { ok: true, pid: machine.observer.self.pid } : result;
  const line = `${JSON.stringify(answer)}\n`;
  const confirmation = machine.actor.daemon.answerStarter(LOCK_DESCRIPTOR, READY_DESCRIPTOR, line);
  if (!result.ok) exitWithError(machine, family, result.why);
  if (await confirmation) result.daemon.begin();
  else result.daemon.retire({ reason: 'unconfirmed', detail: NOT_CONFIRMED });
}

const NOT_CONFIRMED =
  'the command that started it did not find it in a fresh scan, or ended before it could tell';

function exitWithError(machine: Machine, family: Family, why: string): never {
  machine.actor.terminal.writeError(`spec-kitty ${family} daemon: ${escapeForTerminal(why)}\n`);
  machine.actor.daemon.exit(1);
}
