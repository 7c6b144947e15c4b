import { isDeepStrictEqual } from 'node:util';
import type { Machine } from '../machine/machine.js';
import type { QueueFailure, TransactionResult } from '../machine/sqlite.js';
import type { IdleReason, SetAsideCounts } from '../model/upload.js';
import { credentialsOf, type QueueScope, type ReadyScope, uploadUrl } from './account.js';
import { type BatchAnswer, type EventAnswer, parseAnswer } from './answer.js';
import { type Batch, pack, type PackedEvent } from './pack.js';
import { nextRows, type Position, type QueueRow, type Settlement, settleRows } from './queue.js';
import { openSetAside, type SetAside } from './set-aside.js';

/** Maximum number of events in one upload. */
const MAX_EVENTS = 1000;

/** Deadline of an upload, from connecting to the last byte of the answer. */
const UPLOAD_DEADLINE_MS = 60_000;

export interface DrainOptions {
  readonly root: string;
  /** Called before the first batch, and again right before each upload. */
  readonly readScope: () => QueueScope;
  /** Called with true before a batch is sent, and with false after its answer is written to the queue. */
  readonly onInFlightChange: (isInFlight: boolean) => void;
  /** Ends the drain before the next batch; a batch in flight is finished. */
  readonly stop: AbortSignal;
  /** Aborts the request in flight as well. The result of that request is unknown, so its events stay in the queue. */
  readonly abandon: AbortSignal;
}

export interface DrainOutcome {
  readonly end: DrainEnd;
  readonly counts: DrainCounts;
  /**
   * Why the list of events set aside could not be written, or null. The next drain finds events missing from it again.
   */
  readonly setAsideUnwritten: string | null;
}

/** Counts of one drain. All but `requests` count events. */
export interface DrainCounts {
  readonly requests: number;
  /** Sent in a request; an event sent again in a halved batch counts twice. */
  readonly sent: number;
  /** Acknowledged by the server, and deleted. */
  readonly acknowledged: number;
  /** Queued or pending on the server, or with contradictory answers: their rows are unchanged and sent again later. */
  readonly kept: number;
  /** Refused by the server: `retry_count` was increased by one. */
  readonly retried: number;
  /** Events that the server's answer does not mention; the queue keeps them unchanged. */
  readonly unanswered: number;
  /**
   * Changed by another program since they were read: the answer is about the old content, so the rows are left alone.
   */
  readonly changed: number;
  /** Skipped by this drain, including events that an earlier drain set aside. */
  readonly setAside: SetAsideCounts;
}

/** Why a drain ended. */
export type DrainEnd =
  /** The end of the queue was reached. */
  | { readonly kind: 'drained' }
  | { readonly kind: 'idle'; readonly why: IdleReason; readonly detail: string }
  /** Queue file, server, user, team or token changed during the drain: nothing was sent with the new values. */
  | { readonly kind: 'scope_changed' }
  /** Stopped between two batches, because the daemon stops. */
  | { readonly kind: 'stopped' }
  /** The request in flight was aborted, because the daemon stops. Its events stay and will be sent again. */
  | { readonly kind: 'abandoned' }
  /** 401 or 403: these credentials are not used again. `credentials` is their digest (`credentialsOf`). */
  | { readonly kind: 'refused'; readonly status: 401 | 403; readonly credentials: string }
  /** No answer, or an answer that settles no event: the rows are unchanged. */
  | { readonly kind: 'upload_failed'; readonly why: string }
  /** The queue file could not be read or written: the rows are unchanged. */
  | ({ readonly kind: 'queue_failed' } & QueueFailure);

/**
 * Uploads the queue of the scope in batches, oldest event first. An event that stays in the queue is sent again only by
 * a later drain; only a batch that is too large is sent again at once, in halves. The drain ends at the end of the
 * queue, or when it cannot continue. Errors of files, database and server are part of the outcome and do not reject the
 * promise.
 *
 * Delivery is at least once: a row is deleted only after the server acknowledged it, and only if its content is still
 * the content that was sent. The server recognises an event that it already has.
 */
export async function drain(machine: Machine, options: DrainOptions): Promise<DrainOutcome> {
  const scope = options.readScope();
  const counts = { ...NOTHING, setAside: { ...NOTHING.setAside } };
  if (scope.kind === 'idle') {
    const { why, detail } = scope;
    return { end: { kind: 'idle', why, detail }, counts, setAsideUnwritten: null };
  }
  const setAside = openSetAside(machine, options.root, scope.queuePath);
  const end = await uploadAll(machine, { options, scope, counts, setAside });
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

async function uploadAll(machine: Machine, run: Run): Promise<DrainEnd> {
  const { options, scope, counts, setAside } = run;
  let after: Position | null = null;
  let limit = MAX_EVENTS;
  for (;;) {
    if (options.stop.aborted) return { kind: 'stopped' };
    const found: TransactionResult<readonly QueueRow[]> = await nextRows(
      machine,
      scope.queuePath,
      after,
      limit,
    );
    if (found.kind === 'failed') return { ...found, kind: 'queue_failed' };
    const [first, ...rest] = found.kind === 'done' ? found.value : [];
    if (!first) return { kind: 'drained' };
    const batch = pack([first, ...rest], scope, (row) => setAside.wasRefused(row));
    const step: Step = batch.events.length > 0 ? await upload(machine, batch, run) : { kind: 'next' };
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
  /** Repeat from the same position with half as many events. */
  | { readonly kind: 'halve' }
  | { readonly kind: 'end'; readonly end: DrainEnd };

async function upload(machine: Machine, batch: Batch, run: Run): Promise<Step> {
  const { options, scope, counts } = run;
  // Reading the rows may have waited for a lock, so the scope is checked again.
  if (options.stop.aborted) return { kind: 'end', end: { kind: 'stopped' } };
  if (!isDeepStrictEqual(options.readScope(), scope)) return { kind: 'end', end: { kind: 'scope_changed' } };
  options.onInFlightChange(true);
  try {
    counts.requests++;
    counts.sent += batch.events.length;
    const answer = await machine.actor.upload({
      url: uploadUrl(scope.server),
      token: scope.token,
      team: scope.team,
      body: batch.body,
      deadlineMs: UPLOAD_DEADLINE_MS,
      abort: options.abandon,
    });
    const eventIds = batch.events.map(({ eventId }) => eventId);
    return await applyAnswer(machine, parseAnswer(answer, eventIds), batch, run);
  } finally {
    options.onInFlightChange(false);
  }
}

async function applyAnswer(
  machine: Machine,
  answer: BatchAnswer,
  { events }: Batch,
  run: Run,
): Promise<Step> {
  switch (answer.kind) {
    case 'settled':
      return settle(machine, answer.answers, events, run);
    case 'too_large':
      return events.length > 1 ? { kind: 'halve' } : setAsideTooLarge(events, run);
    case 'refused':
      return { kind: 'end', end: { ...answer, credentials: credentialsOf(run.scope) } };
    case 'abandoned':
      return { kind: 'end', end: answer };
    case 'failed':
      return { kind: 'end', end: { kind: 'upload_failed', why: answer.why } };
  }
}

async function settle(
  machine: Machine,
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
  const settled = await settleRows(machine, scope.queuePath, settlements);
  // If the queue file is absent, none of the rows exists any more, so all of them count as changed.
  const changed = settled.kind === 'done' ? settled.value : settlements;
  if (settled.kind === 'failed') return { kind: 'end', end: { ...settled, kind: 'queue_failed' } };
  for (const settlement of settlements) {
    if (changed.includes(settlement)) counts.changed++;
    else counts[settlement.action === 'delete' ? 'acknowledged' : 'retried']++;
  }
  return { kind: 'next' };
}

function setAsideTooLarge(events: readonly PackedEvent[], { counts, setAside }: Run): Step {
  for (const { row } of events) {
    setAside.recordRefusal(row);
    counts.setAside.too_large++;
  }
  return { kind: 'next' };
}
