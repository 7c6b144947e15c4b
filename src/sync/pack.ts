import { isLosslessNumber, parse, stringify } from 'lossless-json';
import type { ReadyScope, SetAsideReason } from './queue.js';
import { normal } from './account.js';
import { MAX_BODY_BYTES } from './queue.js';
import type { QueueRow } from './queue.js';

const HEAD = '{"events":[';
const TAIL = ']}';

export interface PackedEvent {
  readonly row: QueueRow;
  readonly eventId: string;
}

export interface Batch {
  readonly events: readonly PackedEvent[];
  /** The whole body of the request. */
  readonly body: string;
  /** Why rows are passed over, one for each. */
  readonly setAside: readonly SetAsideReason[];
  /** The last row that is dealt with: sent in this batch, or set aside. */
  readonly last: QueueRow;
}

/**
 * Makes one upload of the first rows, as many as it may carry. What can never be sent is set aside. Pure.
 * @param wasRefused whether the server is known to refuse a row for its size
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
    const event: EventReading = wasRefused(row) ? TOO_LARGE : readEvent(row, scope);
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

type EventReading =
  /** `bytes` with the comma that may stand before it. */
  | { readonly ok: true; readonly eventId: string; readonly text: string; readonly bytes: number }
  | { readonly ok: false; readonly reason: SetAsideReason };

const TOO_LARGE: EventReading = { ok: false, reason: 'too_large' };
const MALFORMED: EventReading = { ok: false, reason: 'malformed' };

/** An event as it is sent: with a team, and without the writer's note on why it waited. */
function readEvent(row: QueueRow, scope: ReadyScope): EventReading {
  if (row.data === null) return TOO_LARGE;
  const event = parseObject(row.data);
  const eventId = event?.['event_id'];
  // An answer names the event by its own id; one that is not the row's would settle another row.
  if (!event || typeof eventId !== 'string' || !Buffer.from(eventId).equals(row.eventId)) return MALFORMED;
  const team = event['team_slug'] ?? '';
  if (team !== '' && !isOfScope(team, scope)) return { ok: false, reason: 'other_team' };
  const sent = Object.entries(event).filter(([key]) => key !== 'drain_blocked_reason');
  const text = stringify({ ...Object.fromEntries(sent), team_slug: team === '' ? scope.team : team });
  if (text === undefined) return MALFORMED;
  return { ok: true, eventId, text, bytes: Buffer.byteLength(text) + 1 };
}

/** An event may name the team by its slug, as the queue file does, or by the id that the upload goes to. */
function isOfScope(team: unknown, scope: ReadyScope): boolean {
  return typeof team === 'string' && [scope.team, scope.teamSlug].some((own) => normal(own) === normal(team));
}

/** Numbers keep the very digits that their writer gave them: as JavaScript numbers, long ones would be rounded. */
function parseObject(data: Buffer): Readonly<Record<string, unknown>> | null {
  try {
    const value = parse(UTF8.decode(data));
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject && !isLosslessNumber(value) ? (value as Record<string, unknown>) : null;
  } catch {
    // Not UTF-8, not JSON, two values under one key, or nested too deeply to be read.
    return null;
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
