import { type UploadAnswer } from '../machine/upload.js';

/** The meaning of the server's answer for one event. */
export type EventAnswer = 'acknowledged' | 'kept' | 'refused';

/** The meaning of the server's answer for a batch. */
export type BatchAnswer =
  /** One answer per event id. An event that is not in the map was not answered. */
  | { readonly kind: 'settled'; readonly answers: ReadonlyMap<string, EventAnswer> }
  | { readonly kind: 'too_large' }
  | { readonly kind: 'refused'; readonly status: 401 | 403 }
  | { readonly kind: 'abandoned' }
  /** There was no answer, or the answer settles no event. */
  | { readonly kind: 'failed'; readonly why: string };

/** Parses the answer to a batch. Pure. An unclear answer settles no event. */
export function parseAnswer(answer: UploadAnswer, eventIds: readonly string[]): BatchAnswer {
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
    // Contradictory answers for one event count as `kept`: its row stays unchanged.
    answers.set(eventId, before === undefined || before === answer ? answer : 'kept');
  }
  return { kind: 'settled', answers };
}

function answerOf(status: unknown): EventAnswer {
  return ANSWERS.get(status) ?? 'refused';
}

/**
 * Phrases by which servers and proxies say that a request is too large. Released daemons search for the same phrases in
 * the same fields.
 */
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
