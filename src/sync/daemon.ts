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
import { lockedScope, workScope } from './account.js';
import { startWork, type Work } from './drain-loop.js';
import type { DrainEnd, DrainOutcome, LastDrain } from './queue.js';

const PROTOCOL_VERSION = 1;

/** The sync daemon: drains the queue of its root. Resolved when others can rely on it. */
export function startSyncDaemon(
  machine: Machine,
  shape: OwnShape,
  settings: DaemonSettings,
): Promise<StartResult> {
  const { root } = shape;
  const identity = newIdentity(machine.observer, 'sync', shape);
  const log = openLog(machine, identity);
  const work = startWork(machine, {
    root,
    readScope: lockedScope(machine.observer, root, machine.observer.self.environment, settings.checkout),
    onDrained: openDrainLog(machine, root, log),
  });
  const occupation = {
    visitors: 'programs',
    works: workScope(machine.observer, root, machine.observer.self.environment),
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
  return runUntilRetired(machine, identity, occupation, log, settings.patience);
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

export interface DaemonSettings {
  readonly patience: IdleTimeouts;
  readonly checkout: string | null;
}

export function settingsFrom(environment: Environment): DaemonSettings {
  return {
    patience: idleTimeoutsFrom(environment[IDLE_RETIREMENT_VARIABLE], SYNC_DAEMON_IDLE_RETIREMENT_SECONDS),
    checkout: environment[CHECKOUT_VARIABLE] ?? null,
  };
}

/** Writes down what drains come to. @returns to be told after each */
function openDrainLog(
  machine: Machine,
  root: string,
  { say }: Pick<DaemonLog, 'say'>,
): (outcome: DrainOutcome, at: Date) => void {
  let lastWords = '';
  return (outcome, at) => {
    const drain = lastDrain(outcome, at);
    const words = wordsFor(drain);
    // A server that is away for a day is worth one line, and a daemon with nothing to do leaves the disk alone.
    const isNews = words !== lastWords || drain.acknowledged > 0;
    if (!isNews && drain.requests === 0) return;
    lastWords = words;
    machine.actor.files.writePrivate(join(root, ROOT_FILES.lastDrain), `${JSON.stringify(drain, null, 2)}\n`);
    if (isNews) say(words);
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
      return `the server answered HTTP ${end.status}: it waits for new credentials`;
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

function wordsFor({ end, detail, requests, sent, acknowledged }: LastDrain): string {
  const why = detail === null ? '' : ` (${detail})`;
  return `drain: ${end}${why}; ${requests} requests, ${sent} events sent, ${acknowledged} acknowledged`;
}
