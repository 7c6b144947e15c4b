/** The event queue: which file, whose, over which endpoint, and what a drain of it came to. */

/** Everything that says where an event of this queue goes. All of it belongs together, or nothing is sent. */
export interface ReadyScope {
  readonly kind: 'ready';
  readonly queuePath: string;
  /** Without a trailing slash; https, or http to this machine. */
  readonly server: string;
  readonly user: string;
  /** Names the queue file, with server and user. */
  readonly teamSlug: string;
  /** The user's private team id: where the server puts the events. */
  readonly team: string;
  /** A secret: for the Authorization header and nothing else. */
  readonly token: string;
}

/** Why nothing may be sent. Waiting makes an event late; sending it to the wrong place is a leak. */
export type IdleReason =
  | 'not_signed_in'
  | 'no_token'
  | 'no_team'
  | 'no_server'
  /** The token would cross a network in clear, or the address carries more than an address. */
  | 'server_refused'
  | 'opted_out'
  /** Another account is signed in than the one whose token the environment carries. */
  | 'account_changed'
  /** `credentials` or `config.toml` is there and does not say clearly what it should. */
  | 'unreadable';

export interface IdleScope {
  readonly kind: 'idle';
  readonly why: IdleReason;
  /** What to put right, in words, with file:line:column where a file is at fault. Carries no secret. */
  readonly detail: string;
  /** The queue whose events wait; null where not even that is known. */
  readonly queuePath: string | null;
}

export type QueueScope = ReadyScope | IdleScope;

/** Why an event stays in the queue and is passed over, so that the ones behind it are not held up. */
export type SetAsideReason =
  /** Alone it exceeds what one upload may carry, or what the server takes. */
  | 'too_large'
  /** Not JSON, no object, or not the event that its row says it is. */
  | 'malformed'
  /** It names a team that is not of this scope. */
  | 'other_team';

export type SetAsideCounts = Readonly<Record<SetAsideReason, number>>;

/** Why a queue file could not be read, or not written. */
export interface QueueTrouble {
  /** With the path. */
  readonly why: string;
  readonly cause:
    /** Another program has it locked. */
    | 'locked'
    /** A full disk, too many open files, no memory, a read or write error. */
    | 'exhausted'
    | 'not_permitted'
    /** No regular file, no database, a damaged one, or one without a queue. */
    | 'no_queue'
    /** The optional SQLite binding cannot be loaded. */
    | 'no_binding'
    | 'other';
}

/** Whether waiting may end it. Everything else stays until somebody repairs it, and is no reason for a daemon to stay. */
export function isPassing({ cause }: QueueTrouble): boolean {
  return cause === 'locked' || cause === 'exhausted';
}

/** What `sync status` says of a queue file. Absent means empty. */
export type QueueState =
  | { readonly kind: 'absent' }
  | ({ readonly kind: 'unreadable' } & QueueTrouble)
  | {
      readonly kind: 'read';
      /** Rows in the file, those set aside among them. */
      readonly pending: number;
      /** Unix seconds, as the writer of the oldest event set them. */
      readonly oldestTimestamp: number | null;
      /** As the last drain that saw the whole queue counted them. */
      readonly setAside: SetAsideCounts;
    };

/** Events, each counted as often as it happened to it in this drain. */
export interface DrainCounts {
  /** Requests that were made. */
  readonly requests: number;
  /** Events that were in a request. */
  readonly sent: number;
  /** Confirmed by the server, and deleted. */
  readonly acknowledged: number;
  /** The server has them and is not done: untouched, asked about again later. */
  readonly kept: number;
  /** Refused by the server: one more in `retry_count`. */
  readonly retried: number;
  /** Sent, and not named in the answer: untouched. */
  readonly unanswered: number;
  /** Answered for, but changed by a writer meanwhile: untouched, because the answer is about what was. */
  readonly changed: number;
  /** Passed over, also those that an earlier drain had set aside. */
  readonly setAside: SetAsideCounts;
}

/** Why a drain ended. */
export type DrainEnd =
  /** It came to the end of the queue. */
  | { readonly kind: 'drained' }
  | { readonly kind: 'idle'; readonly why: IdleReason; readonly detail: string }
  /** Queue file, server, user, team or token became another while it ran: nothing was sent under the new one. */
  | { readonly kind: 'scope_changed' }
  /** Asked to stop, between two batches. */
  | { readonly kind: 'stopped' }
  /** The request in flight was given up at our own wish; its events stay and will be sent again. */
  | { readonly kind: 'abandoned' }
  /** 401 or 403: these credentials are not to be tried again. `credentials` names them without showing them. */
  | { readonly kind: 'refused'; readonly status: 401 | 403; readonly credentials: string }
  /** No answer, or none that settles anything: the rows are untouched. */
  | { readonly kind: 'upload_failed'; readonly why: string }
  /** The queue file could not be read, or an answer not written into it: the rows are untouched. */
  | ({ readonly kind: 'queue_failed' } & QueueTrouble);

export const DRAIN_ENDS = [
  'drained',
  'idle',
  'scope_changed',
  'stopped',
  'abandoned',
  'refused',
  'upload_failed',
  'queue_failed',
] as const satisfies readonly DrainEnd['kind'][];

export interface DrainOutcome {
  readonly end: DrainEnd;
  readonly counts: DrainCounts;
  /** Why the list of events set aside could not be kept; they are only found out anew then. Null when it could. */
  readonly setAsideUnwritten: string | null;
}

/** The last drain that did or could not do something, as the daemon writes it down for `sync status`. */
export interface LastDrain {
  readonly at: string;
  readonly end: DrainEnd['kind'];
  /** Why it ended there, in words. Carries no secret. */
  readonly detail: string | null;
  readonly requests: number;
  readonly sent: number;
  readonly acknowledged: number;
  readonly set_aside: number;
}
