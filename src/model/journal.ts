/**
 * One line of the journal. `intent` is written before an action and `outcome` after it, so that the journal answers
 * "what stopped my daemon?" even when the command itself was killed in between.
 */
export type JournalLine =
  | (JournalSubject & {
      readonly event: 'intent';
      /** The command that asked for the action, for example `auth doctor --reset`. */
      readonly asked_by: string;
      readonly policy_sha256: string;
      readonly rule: string | null;
      readonly cleanup_class: string;
      readonly skip_reason: string | null;
      /** The deciding facts at the time of the verdict. */
      readonly facts: Readonly<Record<string, string>>;
    })
  | (JournalSubject & { readonly event: 'outcome'; readonly result: string; readonly detail: string | null })
  /** A daemon of ours exited on its own decision or on request. */
  | (JournalSubject & {
      readonly event: 'retirement';
      readonly reason: RetirementReason;
      readonly detail: string;
    });

export interface JournalSubject {
  /** ISO 8601, UTC. */
  readonly at: string;
  /** An id that the intent and the outcome of one action share. */
  readonly act: string;
  readonly pid: number;
  readonly start_ticks: number;
  readonly port: number;
}

/** An intent with its outcome, as doctor shows it. `result` is null when no outcome was written: the command was killed. */
export interface RecentAct {
  readonly at: string;
  readonly asked_by: string;
  readonly pid: number;
  readonly port: number;
  readonly rule: string | null;
  readonly result: string | null;
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
  | 'asked';

export interface Retirement {
  readonly reason: RetirementReason;
  /** What was read that led to this reason, as a sentence. */
  readonly detail: string;
}
