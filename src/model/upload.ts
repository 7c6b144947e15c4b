/**
 * Why no event may be sent. In doubt no event is sent, because a late event is harmless, and an event sent to another
 * team is a leak.
 */
export type IdleReason =
  | 'not_signed_in'
  | 'no_token'
  | 'no_team'
  | 'no_server'
  /** The token would be sent in clear, or the address is not a plain server address. */
  | 'server_refused'
  | 'opted_out'
  /** The account that is signed in is not the one whose token is in the environment. */
  | 'account_changed'
  /** `credentials` or `config.toml` exists and cannot be read, or has a value of the wrong type. */
  | 'unreadable';

/** Why an event stays in the queue and is skipped, so that it does not block the events after it. */
export type SetAsideReason =
  /** The event alone exceeds the size limit of an upload, or the server's limit. */
  | 'too_large'
  /** The event is not a JSON object, or its id is not the id of the row. */
  | 'malformed'
  /** The event names a team other than the team of this scope. */
  | 'other_team';

export type SetAsideCounts = Readonly<Record<SetAsideReason, number>>;

/** How a drain of the event queue can end. `src/sync/drain.ts` says what each end means. */
export const DRAIN_ENDS = [
  'drained',
  'idle',
  'scope_changed',
  'stopped',
  'abandoned',
  'refused',
  'upload_failed',
  'queue_failed',
] as const;

/** The last drain that sent a request or did not reach the end of the queue. The daemon writes it for `sync status`. */
export interface LastDrain {
  readonly at: string;
  readonly end: (typeof DRAIN_ENDS)[number];
  /** Why the drain ended as `end` says, as text; null if there is nothing to add. Contains no secret. */
  readonly detail: string | null;
  readonly requests: number;
  readonly sent: number;
  readonly acknowledged: number;
  readonly set_aside: number;
}

export interface SyncQueue {
  /** The queue file; null if the account is unknown. */
  readonly path: string | null;
  /**
   * Why no event is sent; null if events are sent. Determined from the environment of this command: a running daemon
   * may have another environment.
   */
  readonly idle: {
    readonly why: IdleReason;
    readonly detail: string;
    /** What to do so that events are sent, such as how to sign in. */
    readonly next_step: string;
  } | null;
  /** Events in the file, including those set aside; null if it could not be read. */
  readonly pending: number | null;
  readonly oldest_at: string | null;
  readonly set_aside: SetAsideCounts | null;
  readonly unreadable: string | null;
  /** What to do if the file could not be read; else null. */
  readonly next_step: string | null;
}
