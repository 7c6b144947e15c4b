import { isDeepStrictEqual } from 'node:util';
import type { DrainCounts, DrainEnd, DrainOutcome, QueueScope, ReadyScope } from '../../model/queue.js';
import { postBatch } from '../../system/upload/post-batch.js';
import { type BatchAnswer, type EventAnswer, readAnswer } from './answer.js';
import { credentialsOf } from './credentials.js';
import { MAX_EVENTS, UPLOAD_DEADLINE_MS } from './limits.js';
import type { TransactionResult } from '../../system/sqlite/transaction.js';
import { type Batch, pack, type PackedEvent } from './pack.js';
import { nextRows, type Position, type QueueRow, type Settlement, settleRows } from './rows.js';
import { uploadUrl } from './server.js';
import { openSetAside, type SetAside } from './set-aside.js';

export interface DrainOptions {
  readonly root: string;
  /** Asked before the first batch and again right before each is sent. */
  readonly readScope: () => QueueScope;
  /** Told true when a batch sets out, and false when what came of it is written down. */
  readonly onBatch: (inFlight: boolean) => void;
  /** Ends the drain before the next batch; one in flight is finished. */
  readonly stop: AbortSignal;
  /** Gives up the request in flight as well. What the server made of it is not known, so its events stay. */
  readonly abandon: AbortSignal;
}

/**
 * Uploads the queue of the scope from its oldest event on, batch by batch, each event at most once, until its end is
 * reached, or something keeps it from going on. Never rejects for what files, database or server do.
 *
 * An event is deleted after the server confirmed it and not before: whenever this process ends, whatever is still in
 * the queue is sent again, and the server knows what it has. Only the content that was sent is deleted.
 */
export async function drain(options: DrainOptions): Promise<DrainOutcome> {
  const scope = options.readScope();
  const counts = { ...NOTHING, setAside: { ...NOTHING.setAside } };
  if (scope.kind === 'idle') {
    const { why, detail } = scope;
    return { end: { kind: 'idle', why, detail }, counts, setAsideUnwritten: null };
  }
  const setAside = openSetAside(options.root, scope.queuePath);
  const end = await uploadAll({ options, scope, counts, setAside });
  const setAsideUnwritten = setAside.save(end.kind === 'drained' ? counts.setAside : null);
  return { end, counts, setAsideUnwritten };
}

interface Run {
  readonly options: DrainOptions;
  readonly scope: ReadyScope;
  readonly counts: Counts;
  readonly setAside: SetAside;
}

type Counts = { -readonly [Name in keyof DrainCounts]: Writable<DrainCounts[Name]> };
type Writable<T> = T extends number ? T : { -readonly [Name in keyof T]: T[Name] };

const NOTHING: DrainCounts = {
  requests: 0,
  sent: 0,
  acknowledged: 0,
  kept: 0,
  retried: 0,
  unanswered: 0,
  changed: 0,
  setAside: { too_large: 0, malformed: 0, other_team: 0 },
};

async function uploadAll(run: Run): Promise<DrainEnd> {
  const { options, scope, counts, setAside } = run;
  let after: Position | null = null;
  let limit = MAX_EVENTS;
  for (;;) {
    if (options.stop.aborted) return { kind: 'stopped' };
    const found: TransactionResult<readonly QueueRow[]> = await nextRows(scope.queuePath, after, limit);
    if (found.kind === 'failed') return { ...found, kind: 'queue_failed' };
    const [first, ...rest] = found.kind === 'done' ? found.value : [];
    if (!first) return { kind: 'drained' };
    const batch = pack([first, ...rest], scope, (row) => setAside.wasRefused(row));
    const step: Step = batch.events.length > 0 ? await upload(batch, run) : { kind: 'next' };
    if (step.kind === 'end') return step.end;
    if (step.kind === 'halve') {
      limit = Math.floor(batch.events.length / 2);
      continue;
    }
    for (const reason of batch.setAside) counts.setAside[reason]++;
    after = batch.last;
    limit = Math.min(limit * 2, MAX_EVENTS);
  }
}

type Step =
  | { readonly kind: 'next' }
  /** The same again from the same place, half as long. */
  | { readonly kind: 'halve' }
  | { readonly kind: 'end'; readonly end: DrainEnd };

async function upload(batch: Batch, run: Run): Promise<Step> {
  const { options, scope, counts } = run;
  // Reading may have waited for a lock, and the world changed meanwhile.
  if (options.stop.aborted) return { kind: 'end', end: { kind: 'stopped' } };
  if (!isDeepStrictEqual(options.readScope(), scope)) return { kind: 'end', end: { kind: 'scope_changed' } };
  options.onBatch(true);
  try {
    counts.requests++;
    counts.sent += batch.events.length;
    const answer = await postBatch({
      url: uploadUrl(scope.server),
      token: scope.token,
      team: scope.team,
      body: batch.body,
      deadlineMs: UPLOAD_DEADLINE_MS,
      abandon: options.abandon,
    });
    const eventIds = batch.events.map(({ eventId }) => eventId);
    return await follow(readAnswer(answer, eventIds), batch, run);
  } finally {
    options.onBatch(false);
  }
}

async function follow(answer: BatchAnswer, { events }: Batch, run: Run): Promise<Step> {
  switch (answer.kind) {
    case 'settled':
      return settle(answer.answers, events, run);
    case 'too_large':
      return events.length > 1 ? { kind: 'halve' } : refuse(events, run);
    case 'refused':
      return { kind: 'end', end: { ...answer, credentials: credentialsOf(run.scope) } };
    case 'abandoned':
      return { kind: 'end', end: answer };
    case 'failed':
      return { kind: 'end', end: { kind: 'upload_failed', why: answer.why } };
  }
}

async function settle(
  answers: ReadonlyMap<string, EventAnswer>,
  events: readonly PackedEvent[],
  { scope, counts }: Run,
): Promise<Step> {
  const settlements: Settlement[] = [];
  for (const { row, eventId } of events) {
    const answer = answers.get(eventId);
    if (answer === 'acknowledged') settlements.push({ row, action: 'delete' });
    else if (answer === 'refused') settlements.push({ row, action: 'retry' });
    else counts[answer ?? 'unanswered']++;
  }
  const settled = await settleRows(scope.queuePath, settlements);
  // Without a file there are no rows left to settle.
  const changed = settled.kind === 'done' ? settled.value : settlements;
  if (settled.kind === 'failed') return { kind: 'end', end: { ...settled, kind: 'queue_failed' } };
  for (const settlement of settlements) {
    if (changed.includes(settlement)) counts.changed++;
    else counts[settlement.action === 'delete' ? 'acknowledged' : 'retried']++;
  }
  return { kind: 'next' };
}

function refuse(events: readonly PackedEvent[], { counts, setAside }: Run): Step {
  for (const { row } of events) {
    setAside.refuse(row);
    counts.setAside.too_large++;
  }
  return { kind: 'next' };
}
