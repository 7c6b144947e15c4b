/** One line of the journal: what was about to be done to a daemon, or what became of it. */
export type JournalLine =
  | (JournalSubject & {
      readonly event: 'intent';
      /** Who asked: the words of the command. */
      readonly asked_by: string;
      readonly policy_sha256: string;
      readonly rule: string | null;
      readonly cleanup_class: string;
      readonly skip_reason: string | null;
      /** The deciding facts, as they were judged. */
      readonly facts: Readonly<Record<string, string>>;
    })
  | (JournalSubject & { readonly event: 'outcome'; readonly result: string; readonly detail: string | null })
  /** A daemon of ours left by itself, or because it was asked. */
  | (JournalSubject & {
      readonly event: 'retirement';
      readonly reason: RetirementReason;
      readonly detail: string;
    });

export interface JournalSubject {
  readonly at: string;
  /** The same in both lines of one act. */
  readonly act: string;
  readonly pid: number;
  readonly start_ticks: number;
  readonly port: number;
}

/** An act as doctor shows it. `result` is null where the outcome was never written: whoever acted was stopped. */
export interface RecentAct {
  readonly at: string;
  readonly asked_by: string;
  readonly pid: number;
  readonly port: number;
  readonly rule: string | null;
  readonly result: string | null;
}

/** Why a daemon of ours leaves. */
type RetirementReason =
  /** Another daemon, proven, is recorded for its root. */
  | 'superseded'
  /** Nothing in the root names it any more. */
  | 'record_gone'
  /** Its root was deleted. */
  | 'root_gone'
  /** It had nothing to do for long enough. */
  | 'idle'
  /** By a proven request, or by SIGTERM or SIGINT. */
  | 'asked';

export interface Retirement {
  readonly reason: RetirementReason;
  /** Plain words: what was seen. */
  readonly detail: string;
}
