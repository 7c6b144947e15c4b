import { isLosslessNumber, parse, stringify } from 'lossless-json';
import type { SetAsideReason } from '../model/upload.js';
import { normalize, type ReadyScope } from './account.js';
import { MAX_BODY_BYTES, type QueueRow } from './queue.js';

const HEAD = '{"events":[';
const TAIL = ']}';

export interface PackedEvent {
  readonly row: QueueRow;
  readonly eventId: string;
}

export interface Batch {
  readonly events: readonly PackedEvent[];
  /** The body of the request, before compression. */
  readonly body: string;
  /** One reason for each row that is set aside. */
  readonly setAside: readonly SetAsideReason[];
  /** The last row that is in this batch or set aside; the next batch starts after it. */
  readonly last: QueueRow;
}

/**
 * Packs the first rows into one upload, as many as the size limit allows. Rows that can never be sent are set aside.
 * Pure.
 * @param wasRefused whether the server refused this row as too large before
 */
export function pack(
  rows: readonly [QueueRow, ...QueueRow[]],
  scope: ReadyScope,
  wasRefused: (row: QueueRow) => boolean,
): Batch {
  const events: PackedEvent[] = [];
  const texts: string[] = [];
  const setAside: SetAsideReason[] = [];
  let length = HEAD.length + TAIL.length;
  let last = rows[0];
  for (const row of rows) {
    const event: EventResult = wasRefused(row) ? TOO_LARGE : parseEvent(row, scope);
    if (event.ok && length + event.bytes > MAX_BODY_BYTES && texts.length > 0) break;
    last = row;
    if (event.ok && length + event.bytes <= MAX_BODY_BYTES) {
      events.push({ row, eventId: event.eventId });
      texts.push(event.text);
      length += event.bytes;
    } else {
      setAside.push(event.ok ? 'too_large' : event.reason);
    }
  }
  return { events, body: HEAD + texts.join(',') + TAIL, setAside, last };
}

type EventResult =
  /** `bytes` includes one for the comma before the event. */
  | { readonly ok: true; readonly eventId: string; readonly text: string; readonly bytes: number }
  | { readonly ok: false; readonly reason: SetAsideReason };

const TOO_LARGE: EventResult = { ok: false, reason: 'too_large' };
const MALFORMED: EventResult = { ok: false, reason: 'malformed' };

/**
 * Converts a row to the event as it is uploaded: with a `team_slug`, and without `drain_blocked_reason`
 * (docs/released-daemons.md).
 */
function parseEvent(row: QueueRow, scope: ReadyScope): EventResult {
  if (row.data === null) return TOO_LARGE;
  const event = parseObject(row.data);
  const eventId = event?.['event_id'];
  // The server's answer names the id in the event. If that id differs from the row's, the answer would settle another
  // row.
  if (!event || typeof eventId !== 'string' || !Buffer.from(eventId).equals(row.eventId)) return MALFORMED;
  const team = event['team_slug'] ?? '';
  if (team !== '' && !isTeamOfScope(team, scope)) return { ok: false, reason: 'other_team' };
  const fields = Object.entries(event).filter(([key]) => key !== 'drain_blocked_reason');
  const text = stringify({ ...Object.fromEntries(fields), team_slug: team === '' ? scope.team : team });
  if (text === undefined) return MALFORMED;
  return { ok: true, eventId, text, bytes: Buffer.byteLength(text) + 1 };
}

/**
 * Whether an event names the team of the scope: by its slug, which the queue file is named after, or by the id that the
 * upload uses.
 */
function isTeamOfScope(team: unknown, scope: ReadyScope): boolean {
  return (
    typeof team === 'string' && [scope.team, scope.teamSlug].some((own) => normalize(own) === normalize(team))
  );
}

/**
 * Parses a JSON object, or returns null. Numbers keep their original digits, because JavaScript numbers would round
 * long ones.
 */
function parseObject(data: Buffer): Readonly<Record<string, unknown>> | null {
  try {
    const value = parse(UTF8.decode(data));
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject && !isLosslessNumber(value) ? (value as Record<string, unknown>) : null;
  } catch {
    // Not UTF-8, not JSON, a duplicate key, or too many levels of nesting.
    return null;
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
