import type { IdentifiedCandidate } from '../model/candidate.js';
import type { LeaveReason } from '../model/startup.js';

/** What a start is to do about the one daemon of its root. */
export type Decision =
  | { readonly kind: 'reuse'; readonly daemon: IdentifiedCandidate }
  /** Nobody is recorded and there, or an older one of ours is: the new one is recorded in its place. */
  | { readonly kind: 'start' }
  /** Nothing is certain enough to start another daemon beside what is there. */
  | { readonly kind: 'leave'; readonly reason: LeaveReason; readonly detail: string };

export function leave(reason: LeaveReason, detail: string): Decision {
  return { kind: 'leave', reason, detail };
}
