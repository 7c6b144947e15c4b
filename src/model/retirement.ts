/** Why a daemon of ours leaves. */
export type RetirementReason =
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
  readonly because: string;
}
