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
  /** The same again from the same place, half as long. */
  | { readonly kind: 'halve' }
  | { readonly kind: 'end'; readonly end: DrainEnd };

async function upload(machine: Machine, batch: Batch, run: Run): Promise<Step> {
  const { options, scope, counts } = run;
  // Reading may have waited for a lock, and the world changed meanwhile.
  if (options.stop.aborted) return { kind: 'end', end: { kind: 'stopped' } };
  if (!isDeepStrictEqual(options.readScope(), scope)) return { kind: 'end', end: { kind: 'scope_changed' } };
  options.onBatch(true);
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
    return await follow(machine, readAnswer(answer, eventIds), batch, run);
  } finally {
    options.onBatch(false);
  }
}

async function follow(machine: Machine, answer: BatchAnswer, { events }: Batch, run: Run): Promise<Step> {
  switch (answer.kind) {
    case 'settled':
      return settle(machine, answer.answers, events, run);
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

/** What the server's answer means for one event. */
type EventAnswer = 'acknowledged' | 'kept' | 'refused';

/** What an answer means for the batch. */
type BatchAnswer =
  /** Event by event. Who is not named was not answered. */
  | { readonly kind: 'settled'; readonly answers: ReadonlyMap<string, EventAnswer> }
  | { readonly kind: 'too_large' }
  | { readonly kind: 'refused'; readonly status: 401 | 403 }
  | { readonly kind: 'abandoned' }
  /** Nothing is settled. */
  | { readonly kind: 'failed'; readonly why: string };

/** Reads the answer to a batch. Pure; whatever is not clearly an answer settles nothing. */
function readAnswer(answer: UploadAnswer, eventIds: readonly string[]): BatchAnswer {
  if (answer.kind === 'abandoned') return answer;
  if (answer.kind === 'no_answer') return { kind: 'failed', why: answer.why };
  const { status, text } = answer;
  switch (status) {
    case 200:
      return readResults(text);
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

function readResults(text: string): BatchAnswer {
  const body = parseJson(text);
  const results = isRecord(body) ? body['results'] : undefined;
  if (!Array.isArray(results)) return { kind: 'failed', why: 'answered 200 without a list of results' };
  const answers = new Map<string, EventAnswer>();
  for (const result of results as readonly unknown[]) {
    if (!isRecord(result) || typeof result['event_id'] !== 'string') continue;
    const { event_id: eventId, status } = result;
    const answer = answerOf(status);
    const before = answers.get(eventId);
    // Two answers that differ: neither is believed.
    answers.set(eventId, before === undefined || before === answer ? answer : 'kept');
  }
  return { kind: 'settled', answers };
}

function answerOf(status: unknown): EventAnswer {
  return ANSWERS.get(status) ?? 'refused';
}

/** How servers and the proxies before them say it; the released daemons look for the same words, in the same places. */
const TOO_LARGE = [
  'sync_batch_too_large',
  'request_too_large',
  'payload too large',
  'batch payload exceeds decompressed byte limit',
];

function saysTooLarge(text: string): boolean {
  const body = parseJson(text);
  if (!isRecord(body)) return false;
  const { error, message, detail, error_code: code, category } = body;
  const said = [error, message, detail, code, category].filter((value) => typeof value === 'string');
  return said.some((words) => TOO_LARGE.some((phrase) => words.toLowerCase().includes(phrase)));
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
