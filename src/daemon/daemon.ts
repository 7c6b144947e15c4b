import { PACKAGE_VERSION } from '../model/version.js';
import type { HealthDocument } from '../model/health-answer.js';
import type { Retirement } from '../model/retirement.js';
import { lookAround, lookAtRoot } from '../pipeline.js';
import { type LoopbackServer, serveLoopback } from '../system/serve/loopback-server.js';
import { controlPlane } from './control-plane.js';
import { type DaemonLog, openLog } from './log.js';
import { newIdentity, type OwnIdentity, recordOwn, unrecordOwn } from './own-identity.js';
import { heldScope } from './queue/scope.js';
import { type DaemonSettings, tickMs } from './settings.js';
import { names, standingOf } from './standing.js';
import { startWork, type Work } from './work.js';

/** Why a daemon could not begin; its starter is told. */
export type Begun =
  { readonly ok: true } | { readonly ok: false; readonly code: string; readonly why: string };

const PROTOCOL_VERSION = 1;
/** What a batch in flight has when the daemon was asked to leave: whoever asked waits for 3 s. */
const ASKED_GRACE_MS = 1500;
/** What it has when nobody waits: as long as an upload may take. */
const OWN_GRACE_MS = 65_000;
/** Whatever hangs on the way out, the process ends. */
const WATCHDOG_MS = 1000;

/**
 * The sync daemon: listens, records itself, drains the queue, and leaves when it is no longer wanted.
 * Resolved when others can rely on it; from then on it lives by its timers and its socket.
 */
export async function beginDaemon(
  root: string,
  port: number,
  id: string,
  settings: DaemonSettings,
): Promise<Begun> {
  const identity = newIdentity(root, port, id);
  const log = openLog(identity);
  const rootAtStart = lookAtRoot(root).directory;
  const work = startWork({
    root,
    readScope: heldScope(root, process.env, settings.checkout),
    onDrained: log.drained,
  });
  let leaving = false;
  const leave = (retirement: Retirement, graceMs: number): void => {
    if (leaving) return;
    leaving = true;
    clearInterval(timer);
    void leaveForGood(retirement, graceMs, { identity, log, work, server: opened.ok ? opened.server : null });
  };
  const leaveAsAsked = (because: string): void => {
    leave({ reason: 'asked', because }, ASKED_GRACE_MS);
  };
  const handle = controlPlane(identity, {
    health: () => healthOf(identity, work),
    actions: {
      shutdown: () => {
        setImmediate(leaveAsAsked, 'a shutdown request');
        return { status: 200, body: { status: 'stopping' } };
      },
      'sync/trigger': () => {
        work.wake();
        return { status: 202, body: { status: 'accepted' } };
      },
    },
  });
  const opened = await serveLoopback(port, handle);
  if (!opened.ok) return { ok: false, code: opened.code, why: `cannot listen on port ${port}` };
  const trouble = recordOwn(identity);
  if (trouble !== null) {
    opened.server.close();
    return { ok: false, code: 'unrecorded', why: `cannot write to ${root}: ${trouble}` };
  }

  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, leaveAsAsked);
  const tick = async (): Promise<void> => {
    const retirement = (await standingOf(identity, rootAtStart, () => lookAround(root))) ?? idleness();
    if (retirement) leave(retirement, OWN_GRACE_MS);
    else work.wake();
  };
  const idleness = (): Retirement | null => {
    const seconds = Math.floor(work.idleMs() / 1000);
    return seconds < settings.idleSeconds
      ? null
      : { reason: 'idle', because: `nothing to do for ${seconds} s` };
  };
  const timer = setInterval(() => {
    tick().catch(log.trouble);
  }, tickMs(settings));
  log.started();
  work.wake();
  return { ok: true };
}

interface Leaver {
  readonly identity: OwnIdentity;
  readonly log: DaemonLog;
  readonly work: Work;
  readonly server: LoopbackServer | null;
}

/** Finishes the batch in flight, takes back what is its own, and ends. */
async function leaveForGood(
  retirement: Retirement,
  graceMs: number,
  { identity, log, work, server }: Leaver,
): Promise<void> {
  setTimeout(() => process.exit(1), graceMs + WATCHDOG_MS);
  try {
    server?.close();
    await work.stop(graceMs);
    // A directory that was deleted is not made again, and one in its place is somebody else's.
    if (retirement.reason !== 'root_gone') {
      await unrecordOwn(identity, () => names(lookAtRoot(identity.root), identity));
      log.retired(retirement);
    }
  } catch (error) {
    log.trouble(error);
  }
  process.exit(0);
}

function healthOf({ root }: OwnIdentity, work: Work): Omit<HealthDocument, 'proof'> {
  return {
    status: 'ok',
    protocol_version: PROTOCOL_VERSION,
    package_version: PACKAGE_VERSION,
    daemon_family: 'sync',
    singleton_scope_id: root,
    sync: {
      running: work.isInFlight(),
      last_sync: work.last.at?.toISOString() ?? null,
      consecutive_failures: work.last.failures,
    },
  };
}
