import type { IdentifiedCandidate } from '../model/candidate.js';
import type { LeaveReason } from './outcome.js';

/** What a start does about the one daemon of its root. */
export type Decision =
  | { readonly kind: 'reuse'; readonly daemon: IdentifiedCandidate }
  /**
   * No live daemon is recorded, or the recorded one is an older version of this program. The new daemon replaces it in
   * the state file.
   */
  | { readonly kind: 'start' }
  /** No daemon is started: an unproven one may be running, and two daemons are worse than none. */
  | { readonly kind: 'leave'; readonly reason: LeaveReason; readonly detail: string };

export function leave(reason: LeaveReason, detail: string): Decision {
  return { kind: 'leave', reason, detail };
}

/** Whether the recorded daemon did not answer. It is then probed again, because a busy daemon may miss one deadline. */
export function isUnresponsive(decision: Decision): boolean {
  return decision.kind === 'leave' && decision.reason === 'singleton_unresponsive';
}
