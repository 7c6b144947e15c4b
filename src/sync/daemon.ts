import { join } from 'node:path';
import { newIdentity } from '../daemon/identity-record.js';
import { type DaemonLog, openLog } from '../daemon/log.js';
import { runUntilRetired, type StartResult } from '../daemon/run.js';
import {
  CHECKOUT_VARIABLE,
  IDLE_RETIREMENT_VARIABLE,
  type IdleTimeouts,
  idleTimeoutsFrom,
  SYNC_DAEMON_IDLE_RETIREMENT_SECONDS,
} from '../daemon/settings.js';
import type { Machine } from '../machine/machine.js';
import { type Environment } from '../machine/runtime.js';
import { PACKAGE_VERSION } from '../model/product.js';
import { ROOT_FILES } from '../model/root.js';
import type { HealthDocument } from '../model/scan.js';
import type { OwnShape } from '../model/spawn-command.js';
import type { LastDrain } from '../model/upload.js';
import { pinnedScope, workScope } from './account.js';
import { startDrainLoop, type DrainLoop } from './drain-loop.js';
import type { DrainEnd, DrainOutcome } from './drain.js';

const PROTOCOL_VERSION = 1;

/** Starts the sync daemon, which drains the queue of its root. Resolves when other processes can rely on the daemon. */
export function startSyncDaemon(
  machine: Machine,
  shape: OwnShape,
  settings: DaemonSettings,
): Promise<StartResult> {
  const { root } = shape;
  const identity = newIdentity(machine.observer, 'sync', shape);
  const log = openLog(machine, identity);
  const drainLoop = startDrainLoop(machine, {
    root,
    readScope: pinnedScope(machine.observer, root, machine.observer.self.environment, settings.checkout),
    onDrained: openDrainLog(machine, root, log),
  });
  const service = {
    allowedClients: 'programs',
    workScope: workScope(machine.observer, root, machine.observer.self.environment),
    health: () => healthOf(root, drainLoop),
    actions: {
      'sync/trigger': () => {
        drainLoop.wake();
        return { status: 202, body: { status: 'accepted' } };
      },
    },
    answer: () => null,
    idleMs: () => drainLoop.idleMs(),
    wake: () => {
      drainLoop.wake();
    },
    stop: (graceMs: number) => drainLoop.stop(graceMs),
  } as const;
  return runUntilRetired(machine, identity, service, log, settings.timeouts);
}

function healthOf(root: string, drainLoop: DrainLoop): Omit<HealthDocument, 'proof'> {
  return {
    status: 'ok',
    protocol_version: PROTOCOL_VERSION,
    package_version: PACKAGE_VERSION,
    daemon_family: 'sync',
    singleton_scope_id: root,
    sync: {
      running: drainLoop.isInFlight(),
      last_sync: drainLoop.last.at?.toISOString() ?? null,
      consecutive_failures: drainLoop.last.failures,
    },
  };
}

export interface DaemonSettings {
  readonly timeouts: IdleTimeouts;
  readonly checkout: string | null;
}

export function settingsFrom(environment: Environment): DaemonSettings {
  return {
    timeouts: idleTimeoutsFrom(environment[IDLE_RETIREMENT_VARIABLE], SYNC_DAEMON_IDLE_RETIREMENT_SECONDS),
    checkout: environment[CHECKOUT_VARIABLE] ?? null,
  };
}

/**
 * Prepares writing the results of drains to the log and to the file of the last drain.
 * @returns the function to call after each drain
 */
function openDrainLog(
  machine: Machine,
  root: string,
  log: Pick<DaemonLog, 'write'>,
): (outcome: DrainOutcome, at: Date) => void {
  let lastText = '';
  return (outcome, at) => {
    const drain = lastDrain(outcome, at);
    const text = textOf(drain);
    // A repeated failure is logged once. A repeated result without a request is not written to the file either, so that
    // a daemon without work writes nothing to the disk.
    const isNews = text !== lastText || drain.acknowledged > 0;
    if (!isNews && drain.requests === 0) return;
    lastText = text;
    machine.actor.files.writePrivate(join(root, ROOT_FILES.lastDrain), `${JSON.stringify(drain, null, 2)}\n`);
    if (isNews) log.write(text);
  };
}

function lastDrain({ end, counts }: DrainOutcome, at: Date): LastDrain {
  const { requests, sent, acknowledged, setAside } = counts;
  return {
    at: at.toISOString(),
    end: end.kind,
    detail: detailOf(end),
    requests,
    sent,
    acknowledged,
    set_aside: setAside.too_large + setAside.malformed + setAside.other_team,
  };
}

function detailOf(end: DrainEnd): string | null {
  switch (end.kind) {
    case 'idle':
      return `${end.why}: ${end.detail}`;
    case 'refused':
      return `the server answered HTTP ${end.status}: nothing is sent until the credentials change`;
    case 'upload_failed':
    case 'queue_failed':
      return end.why;
    case 'drained':
    case 'stopped':
    case 'abandoned':
    case 'scope_changed':
      return null;
  }
}

function textOf({ end, detail, requests, sent, acknowledged }: LastDrain): string {
  const suffix = detail === null ? '' : ` (${detail})`;
  return `drain: ${end}${suffix}; ${requests} requests, ${sent} events sent, ${acknowledged} acknowledged`;
}
