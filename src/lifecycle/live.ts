import type { Patience } from '../model/daemon-settings.js';
import type { WorkScope } from '../model/files.js';
import type { Retirement } from '../model/retirement.js';
import { lookAround, lookAtRoot } from '../pipeline/look.js';
import {
  type LoopbackAnswer,
  type LoopbackRequest,
  type LoopbackServer,
  serveLoopback,
  type Visitors,
} from '../system/serve/loopback-server.js';
import { type Controls, controlPlane } from './control-plane.js';
import type { DaemonLog } from './log.js';
import { type OwnIdentity, recordOwn, unrecordOwn } from './own-identity.js';
import { names, standingOf } from './standing.js';

/** Why a daemon could not begin; its starter is told. */
export type Begun =
  { readonly ok: true } | { readonly ok: false; readonly code: string; readonly why: string };

/** What a daemon lives for. */
export interface Occupation extends Controls {
  /** Who may call: programs only, or a browser too. */
  readonly visitors: Visitors;
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
export async function live(
  identity: OwnIdentity,
  occupation: Occupation,
  log: DaemonLog,
  { idleSeconds, tickMs }: Patience,
): Promise<Begun> {
  const { family, root, port } = identity;
  const rootAtStart = lookAtRoot(family, root).directory;
  let leaving = false;
  const leave = (retirement: Retirement, graceMs: number): void => {
    if (leaving) return;
    leaving = true;
    clearInterval(timer);
    void leaveForGood(retirement, graceMs, {
      identity,
      log,
      occupation,
      server: opened.ok ? opened.server : null,
    });
  };
  const leaveAsAsked = (because: string): void => {
    leave({ reason: 'asked', because }, ASKED_GRACE_MS);
  };
  const control = controlPlane(identity, {
    health: () => occupation.health(),
    actions: {
      ...occupation.actions,
      shutdown: () => {
        setImmediate(leaveAsAsked, 'a shutdown request');
        return { status: 200, body: { status: 'stopping' } };
      },
    },
  });
  const opened = await serveLoopback(port, occupation.visitors, (request) => {
    return occupation.answer(request) ?? control(request);
  });
  if (!opened.ok) return { ok: false, code: opened.code, why: `cannot listen on port ${port}` };
  const trouble = recordOwn(identity, occupation.works);
  if (trouble !== null) {
    opened.server.close();
    return { ok: false, code: 'unrecorded', why: `cannot write to ${root}: ${trouble}` };
  }

  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, leaveAsAsked);
  const tick = async (): Promise<void> => {
    const standing = await standingOf(identity, rootAtStart, () => lookAround(family, root));
    const retirement = standing ?? idleness();
    if (retirement) leave(retirement, OWN_GRACE_MS);
    else occupation.wake();
  };
  const idleness = (): Retirement | null => {
    const seconds = Math.floor(occupation.idleMs() / 1000);
    return seconds < idleSeconds ? null : { reason: 'idle', because: `nothing to do for ${seconds} s` };
  };
  const timer = setInterval(() => {
    tick().catch(log.trouble);
  }, tickMs);
  log.started();
  occupation.wake();
  return { ok: true };
}

interface Leaver {
  readonly identity: OwnIdentity;
  readonly log: DaemonLog;
  readonly occupation: Occupation;
  readonly server: LoopbackServer | null;
}

/** Finishes what is under way, takes back what is its own, and ends. */
async function leaveForGood(
  retirement: Retirement,
  graceMs: number,
  { identity, log, occupation, server }: Leaver,
): Promise<void> {
  setTimeout(() => process.exit(1), graceMs + WATCHDOG_MS);
  const { family, root } = identity;
  try {
    server?.close();
    await occupation.stop(graceMs);
    // A directory that was deleted is not made again, and one in its place is somebody else's.
    if (retirement.reason !== 'root_gone') {
      await unrecordOwn(identity, () => names(lookAtRoot(family, root), identity));
      log.retired(retirement);
    }
  } catch (error) {
    log.trouble(error);
  }
  process.exit(0);
}
