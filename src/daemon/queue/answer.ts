import type { UploadAnswer } from '../../system/upload/post-batch.js';

/** What the server's answer means for one event. */
export type EventAnswer = 'acknowledged' | 'kept' | 'refused';

/** What an answer means for the batch. */
export type BatchAnswer =
  /** Event by event. Who is not named was not answered. */
  | { readonly kind: 'settled'; readonly answers: ReadonlyMap<string, EventAnswer> }
  | { readonly kind: 'too_large' }
  | { readonly kind: 'refused'; readonly status: 401 | 403 }
  | { readonly kind: 'abandoned' }
  /** Nothing is settled. */
  | { readonly kind: 'failed'; readonly why: string };

/** Reads the answer to a batch. Pure; whatever is not clearly an answer settles nothing. */
export function readAnswer(answer: UploadAnswer, eventIds: readonly string[]): BatchAnswer {
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
