import { type Begun, live } from '../lifecycle/live.js';
import { openLog } from '../lifecycle/log.js';
import { newIdentity } from '../lifecycle/own-identity.js';
import type { HealthDocument } from '../model/health-answer.js';
import type { OwnShape } from '../model/spawn-shape.js';
import { PACKAGE_VERSION } from '../model/version.js';
import { openDrainLog } from './drain-log.js';
import { heldScope, workScope } from './queue/scope.js';
import type { DaemonSettings } from './settings.js';
import { startWork, type Work } from './work.js';

const PROTOCOL_VERSION = 1;

/** The sync daemon: drains the queue of its root. Resolved when others can rely on it. */
export function beginSyncDaemon(shape: OwnShape, settings: DaemonSettings): Promise<Begun> {
  const { root } = shape;
  const identity = newIdentity('sync', shape);
  const log = openLog(identity);
  const work = startWork({
    root,
    readScope: heldScope(root, process.env, settings.checkout),
    onDrained: openDrainLog(root, log),
  });
  const occupation = {
    visitors: 'programs',
    works: workScope(root, process.env),
    health: () => healthOf(root, work),
    actions: {
      'sync/trigger': () => {
        work.wake();
        return { status: 202, body: { status: 'accepted' } };
      },
    },
    answer: () => null,
    idleMs: () => work.idleMs(),
    wake: () => {
      work.wake();
    },
    stop: (graceMs: number) => work.stop(graceMs),
  } as const;
  return live(identity, occupation, log, settings.patience);
}

function healthOf(root: string, work: Work): Omit<HealthDocument, 'proof'> {
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
