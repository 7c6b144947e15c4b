import { queueScope } from '../daemon/queue/scope.js';
import { queueState } from '../daemon/queue/state.js';
import { DRAIN_ENDS, type LastDrain, type QueueScope } from '../model/queue.js';
import { ROOT_FILES } from '../model/root-files.js';
import type { SyncQueue, SyncStatusReport } from '../model/sync-report.js';
import type { Surroundings } from '../pipeline/look.js';
import { nextStepForQueue } from './next-step.js';
import { recordedDaemon } from '../report/recorded-daemon.js';
import { readBoundedFile } from '../system/observe/bounded-file.js';
import { currentFolder } from '../system/observe/current-folder.js';
import { integerOf, objectOf, textOf } from '../system/observe/plain-json.js';
import { join } from 'node:path';

const LONGEST_LAST_DRAIN = 64 * 1024;

/** What was seen around a root, with its queue and its last drain, for the folder that we run in. Changes nothing. */
export async function syncStatusOf(
  around: Surroundings,
  environment: NodeJS.ProcessEnv,
): Promise<SyncStatusReport> {
  const root = around.facts.root.path;
  const scope = queueScope(root, environment, currentFolder());
  return {
    schema_version: 1,
    command: 'sync status',
    daemon: recordedDaemon(around),
    queue: await describeQueue(root, scope),
    last_drain: readLastDrain(root),
  };
}

/** Why nothing is sent; null where it is. */
export function idleIn(root: string, environment: NodeJS.ProcessEnv): SyncQueue['idle'] {
  return idlenessOf(queueScope(root, environment, currentFolder()));
}

function idlenessOf(scope: QueueScope): SyncQueue['idle'] {
  return scope.kind === 'idle' ? { why: scope.why, detail: scope.detail } : null;
}

async function describeQueue(root: string, scope: QueueScope): Promise<SyncQueue> {
  const { queuePath: path } = scope;
  const idle = idlenessOf(scope);
  const nothing = { pending: null, oldest_at: null, set_aside: null, unreadable: null, next_step: null };
  const unknown = { path, idle, ...nothing };
  if (path === null) return unknown;
  const state = await queueState(root, path);
  switch (state.kind) {
    case 'absent':
      return { ...unknown, pending: 0 };
    case 'unreadable':
      return { ...unknown, unreadable: state.why, next_step: nextStepForQueue(path, state) };
    case 'read': {
      const { pending, oldestTimestamp, setAside } = state;
      return { ...unknown, pending, oldest_at: timeOf(oldestTimestamp), set_aside: setAside };
    }
  }
}

/** Seconds since 1970, as whoever wrote the event gave them; what is no time is not shown as one. */
function timeOf(seconds: number | null): string | null {
  if (seconds === null || !Number.isFinite(seconds)) return null;
  const time = new Date(seconds * 1000);
  return Number.isNaN(time.getTime()) ? null : time.toISOString();
}

/** What the daemon wrote of its last drain. It is only shown, so what cannot be read is as good as none. */
function readLastDrain(root: string): LastDrain | null {
  const file = readBoundedFile(join(root, ROOT_FILES.lastDrain), LONGEST_LAST_DRAIN);
  if (file.kind !== 'read') return null;
  try {
    return lastDrainFrom(objectOf(JSON.parse(file.text)));
  } catch {
    return null;
  }
}

/** Field by field: what else stands in the file is not for showing. */
function lastDrainFrom(fields: Record<string, unknown> | null): LastDrain | null {
  const at = textOf(fields?.['at']);
  const end = DRAIN_ENDS.find((name) => name === fields?.['end']);
  const [requests, sent, acknowledged, setAside] = ['requests', 'sent', 'acknowledged', 'set_aside'].map(
    (name) => integerOf(fields?.[name]),
  );
  if (at === null || end === undefined || requests == null || sent == null) return null;
  if (acknowledged == null || setAside == null) return null;
  return { at, end, detail: textOf(fields?.['detail']), requests, sent, acknowledged, set_aside: setAside };
}
