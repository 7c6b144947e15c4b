import { isDeepStrictEqual } from 'node:util';
import type { Machine } from '../machine/machine.js';
import type { TransactionResult } from '../machine/sqlite.js';
import { type UploadAnswer } from '../machine/upload.js';
import { credentialsOf, uploadUrl } from './account.js';
import { type Batch, pack, type PackedEvent } from './pack.js';
import {
  type DrainCounts,
  type DrainEnd,
  type DrainOutcome,
  MAX_EVENTS,
  nextRows,
  type Position,
  type QueueRow,
  type QueueScope,
  type ReadyScope,
  type Settlement,
  settleRows,
  UPLOAD_DEADLINE_MS,
} from './queue.js';
import { openSetAside, type SetAside } from './set-aside.js';

export interface DrainOptions {
  readonly root: string;
  /** Called before the first batch, and again right before each upload. */
  readonly readScope: () => QueueScope;
  /** Called with true before a batch is sent, and with false after its answer is written to the queue. */
  readonly onInFlightChange: (isInFlight: boolean) => void;
  /** Ends the drain before the next batch; a batch in flight is finished. */
  readonly stop: AbortSignal;
  /** Aborts the request in flight as well. Its result is unknown, so its events stay in the queue. */
  readonly abandon: AbortSignal;
}

/**
 * Uploads the queue of the scope in batches, oldest event first, each event at most once per drain. Ends at the end of
 * the queue, or when it cannot continue. Errors of files, database and server are part of the outcome; they never
 * reject.
 *
 * Delivery is at least once: a row is deleted only after the server acknowledged it, and only if its content is still
 * the one that was sent. The server recognises an event that it already has.
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
  // An absent file has none of the rows any more: all of them count as changed.
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

/** The meaning of the server's answer for one event. */
type EventAnswer = 'acknowledged' | 'kept' | 'refused';

/** The meaning of the server's answer for a batch. */
type BatchAnswer =
  /** One answer per event id. An event that is not in the map was not answered. */
  | { readonly kind: 'settled'; readonly answers: ReadonlyMap<string, EventAnswer> }
  | { readonly kind: 'too_large' }
  | { readonly kind: 'refused'; readonly status: 401 | 403 }
  | { readonly kind: 'abandoned' }
  /** The answer settles no event. */
  | { readonly kind: 'failed'; readonly why: string };

/** Parses the answer to a batch. Pure. An unclear answer settles no event. */
function parseAnswer(answer: UploadAnswer, eventIds: readonly string[]): BatchAnswer {
  if (answer.kind === 'abandoned') return answer;
  if (answer.kind === 'no_answer') return { kind: 'failed', why: answer.why };
  const { status, text } = answer;
  switch (status) {
    case 200:
      return parseResults(text);
    case 400:
      return saysTooLarge(text)
        ? { kind: 'too_large' }
        : { kind: 'settled', answers: new Map(eventIds.map((eventId) => [eventId, 'refused'])) };
    case 413:
      return { kind: 'too_large' };
    case 401:
    case 403:
      return { kind: 'refused', status };
    default:
      return { kind: 'failed', why: `answered with HTTP status ${status}` };
  }
}

const ANSWERS: ReadonlyMap<unknown, EventAnswer> = new Map([
  ['success', 'acknowledged'],
  ['accepted', 'acknowledged'],
  ['warning', 'acknowledged'],
  ['duplicate', 'acknowledged'],
  ['queued', 'kept'],
  ['pending', 'kept'],
]);

function parseResults(text: string): BatchAnswer {
  const body = parseJson(text);
  const results = isRecord(body) ? body['results'] : undefined;
  if (!Array.isArray(results)) return { kind: 'failed', why: 'answered 200 without a list of results' };
  const answers = new Map<string, EventAnswer>();
  for (const result of results as readonly unknown[]) {
    if (!isRecord(result) || typeof result['event_id'] !== 'string') continue;
    const { event_id: eventId, status } = result;
    const answer = answerOf(status);
    const before = answers.get(eventId);
    // Contradicting answers for one event are both ignored.
    answers.set(eventId, before === undefined || before === answer ? answer : 'kept');
  }
  return { kind: 'settled', answers };
}

function answerOf(status: unknown): EventAnswer {
  return ANSWERS.get(status) ?? 'refused';
}

/** Phrases of servers and proxies. Released daemons search for the same phrases in the same fields. */
const TOO_LARGE = [
  'sync_batch_too_large',
  'request_too_large',
  'payload too large',
  'batch payload exceeds decompressed byte limit',
];

function saysTooLarge(answer: string): boolean {
  const body = parseJson(answer);
  if (!isRecord(body)) return false;
  const { error, message, detail, error_code: code, category } = body;
  const texts = [error, message, detail, code, category].filter((value) => typeof value === 'string');
  return texts.some((text) => TOO_LARGE.some((phrase) => text.toLowerCase().includes(phrase)));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
