import type { StartFields } from './opaque-id.js';

/**
 * One line of the journal. An `intent` is written before a daemon is retired and its `outcome` afterwards, so that the
 * journal answers "what stopped my daemon?" even if the command itself was killed in between.
 */
export type JournalLine =
  | (JournalSubject & {
      readonly event: 'intent';
      /** The command that retires the daemon, for example `auth doctor --reset`. */
      readonly asked_by: string;
      readonly policy_sha256: string;
      readonly rule: string | null;
      readonly cleanup_class: string;
      readonly skip_reason: string | null;
      /** The facts that the verdict is based on. */
      readonly facts: Readonly<Record<string, string>>;
    })
  | (JournalSubject & { readonly event: 'outcome'; readonly result: string; readonly detail: string | null })
  /** Written before a state file is cleared on request. Its `outcome` says what became of the file. */
  | (JournalSubject & {
      readonly event: 'forget';
      readonly asked_by: string;
      /** What proves that the daemon that the file names has ended. */
      readonly detail: string;
    })
  /** Written by a daemon of ours that exits on its own decision or on request. */
  | (JournalSubject & {
      readonly event: 'retirement';
      readonly reason: RetirementReason;
      readonly detail: string;
    });

export interface JournalSubject extends StartFields {
  /** ISO 8601, UTC. */
  readonly at: string;
  /** An id that is equal in an intent and its outcome; in a `retirement`, the id of the daemon. */
  readonly act: string;
  readonly pid: number;
  readonly port: number;
}

/**
 * A journal entry as doctor shows it: an intent with its outcome, or the retirement of a daemon. `result` is null if no
 * outcome was written, for example because the command was killed.
 */
export interface RecentAct {
  readonly at: string;
  readonly asked_by: string;
  readonly pid: number;
  readonly port: number;
  readonly rule: string | null;
  readonly result: string | null;
}

/** A journal entry as `history` shows it. */
export interface HistoryAct extends RecentAct {
  /** `intent`: a command retires a daemon. `forget`: it clears a state file. `retirement`: a daemon exits by itself. */
  readonly event: Exclude<JournalLine['event'], 'outcome'>;
  readonly cleanup_class: string | null;
  /** The reason of the verdict, or of the retirement; null for a proven orphan. */
  readonly reason: string | null;
  /** What led to the result, as text. */
  readonly detail: string | null;
}

/** Why a daemon of ours exits (FR-010). */
type RetirementReason =
  /** The state file of its root names another daemon, which proved its identity. */
  | 'superseded'
  /** Its identity record or the state file was removed, or the state file names a port without a listener. */
  | 'record_gone'
  /** Its root was deleted. */
  | 'root_gone'
  /** It had no work for the idle time-out (FR-011). */
  | 'idle'
  /** A proven shutdown request, SIGTERM or SIGINT. */
  | 'asked'
  /** The command that started it did not find it in a fresh scan, or ended before it did. */
  | 'unconfirmed';

export interface Retirement {
  readonly reason: RetirementReason;
  /** A sentence that says what led to this reason. */
  readonly detail: string;
}
