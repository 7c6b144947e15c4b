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
import { controlPlane, type Controls } from './control-plane.js';
import { type OwnIdentity, recordOwn, unrecordOwn } from './identity-record.js';
import type { DaemonLog } from './log.js';
import { names, retirementReason } from './retirement.js';
import { type IdleTimeouts, LOCK_DESCRIPTOR, READY_DESCRIPTOR, type StartAnswer } from './settings.js';

/** Why a daemon could not begin; its starter is told. */
export type StartResult =
  { readonly ok: true } | { readonly ok: false; readonly code: string; readonly why: string };

/** What a daemon lives for. */
export interface DaemonService extends Controls {
  /** Who may call: programs only, or a browser too. */
  readonly visitors: AllowedClients;
  readonly works: WorkScope;
  /** Answers what is for it alone; null where the request is none of its own. */
  answer(request: LoopbackRequest): Promise<LoopbackAnswer> | null;
  /** How long there has been nothing to do, in milliseconds. */
  idleMs(): number;
  /** It is still wanted: time to do something, if there is anything. */
  wake(): void;
  /** Ends; what is under way has `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

/** What is under way has this long when the daemon was asked to leave: whoever asked waits for 3 s. */
const ASKED_GRACE_MS = 1500;
/** What it has when nobody waits: as long as an upload may take. */
const OWN_GRACE_MS = 65_000;
/** Whatever hangs on the way out, the process ends. */
const WATCHDOG_MS = 1000;

/**
 * The life of a daemon of ours, whatever its family: listens, records itself, does what it is there for, and leaves when
 * it is no longer wanted. Resolved when others can rely on it; from then on it lives by its timers and its socket.
 */
export async function runUntilRetired(
  machine: Machine,
  identity: OwnIdentity,
  occupation: DaemonService,
  log: DaemonLog,
  { idleSeconds, tickMs }: IdleTimeouts,
): Promise<StartResult> {
  const { family, root, port } = identity;
  const rootAtStart = readRootNow(machine.observer, family, root).directory;
  let leaving = false;
  const leave = (retirement: Retirement, graceMs: number): void => {
    if (leaving) return;
    leaving = true;
    timer.cancel();
    void leaveForGood(machine, retirement, graceMs, {
      identity,
      log,
      occupation,
      server: opened.ok ? opened.server : null,
    });
  };
  const leaveAsAsked = (detail: string): void => {
    leave({ reason: 'asked', detail }, ASKED_GRACE_MS);
  };
  const control = controlPlane(
    identity,
    {
      health: () => occupation.health(),
      actions: {
        ...occupation.actions,
        shutdown: () => {
          machine.observer.clock.after(0, () => {
            leaveAsAsked('a shutdown request');
          });
          return { status: 200, body: { status: 'stopping' } };
        },
      },
    },
    () => machine.observer.clock.now().getTime(),
  );
  const opened = await machine.actor.serve(port, occupation.visitors, (request) => {
    return occupation.answer(request) ?? control(request);
  });
  if (!opened.ok) return { ok: false, code: opened.code, why: `cannot listen on port ${port}` };
  const trouble = recordOwn(machine, identity, occupation.works);
  if (trouble !== null) {
    opened.server.close();
    return { ok: false, code: 'unrecorded', why: `cannot write to ${root}: ${trouble}` };
  }

  machine.actor.daemon.onStopSignal(leaveAsAsked);
  const tick = async (): Promise<void> => {
    const standing = await retirementReason(machine.observer, identity, rootAtStart, () =>
      scanOwnListeners(machine.observer, family, root),
    );
    const retirement = standing ?? idleness();
    if (retirement) leave(retirement, OWN_GRACE_MS);
    else occupation.wake();
  };
  const idleness = (): Retirement | null => {
    const seconds = Math.floor(occupation.idleMs() / 1000);
    return seconds < idleSeconds ? null : { reason: 'idle', detail: `nothing to do for ${seconds} s` };
  };
  const timer = machine.observer.clock.every(tickMs, () => {
    tick().catch(log.trouble);
  });
  log.started();
  occupation.wake();
  return { ok: true };
}

interface Leaver {
  readonly identity: OwnIdentity;
  readonly log: DaemonLog;
  readonly occupation: DaemonService;
  readonly server: LoopbackServer | null;
}

/** Finishes what is under way, takes back what is its own, and ends. */
async function leaveForGood(
  machine: Machine,
  retirement: Retirement,
  graceMs: number,
  { identity, log, occupation, server }: Leaver,
): Promise<void> {
  machine.observer.clock.after(graceMs + WATCHDOG_MS, () => machine.actor.daemon.exit(1));
  const { family, root } = identity;
  try {
    server?.close();
    await occupation.stop(graceMs);
    // A directory that was deleted is not made again, and one in its place is somebody else's.
    if (retirement.reason !== 'root_gone') {
      await unrecordOwn(machine, identity, () =>
        names(readRootNow(machine.observer, family, root), identity),
      );
      log.retired(retirement);
    }
  } catch (error) {
    log.trouble(error);
  }
  machine.actor.daemon.exit(0);
}

/**
 * The way in of a daemon's program. Whoever started it handed it the lock of starts and waits for one line: the lock is
 * let go when the daemon has recorded itself, also if its starter is gone by then.
 * @param startedBy the command that starts it, for who tries by hand
 */
export async function runDaemonProgram(
  machine: Machine,
  family: Family,
  startedBy: string,
  beginDaemon: (shape: OwnShape) => Promise<StartResult>,
): Promise<void> {
  const shape = parseSpawnShape(family, { elements: machine.observer.self.commandLine, exact: true });
  if (
    shape?.generation !== 'own' ||
    !machine.actor.daemon.isInherited(LOCK_DESCRIPTOR, join(shape.root, DAEMON_FILES[family].lock))
  ) {
    // What is open under these numbers is not ours to close: it may be what Node itself works by.
    leave(machine, family, `it is started by \`${startedBy}\`, not by hand`);
  }
  const begun = await beginDaemon(shape);
  const answer: StartAnswer = begun.ok ? { ok: true, pid: machine.observer.self.pid } : begun;
  machine.actor.daemon.answerStarter(LOCK_DESCRIPTOR, READY_DESCRIPTOR, `${JSON.stringify(answer)}\n`);
  if (!answer.ok) leave(machine, family, answer.why);
}

function leave(machine: Machine, family: Family, why: string): never {
  machine.actor.terminal.writeError(`spec-kitty ${family} daemon: ${why}\n`);
  machine.actor.daemon.exit(1);
}
