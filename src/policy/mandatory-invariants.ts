import type { DecidingVector } from '../model/policy-facts.js';
import type { CleanupClass, Rule } from '../model/verdict.js';

/** What every policy must keep. It is code, so that no file can give it up. */
export interface MandatoryInvariant {
  readonly says: string;
  readonly holds: (state: DecidingVector, cleanupClass: CleanupClass, rule: Rule | null) => boolean;
}

/** The one state that may be cleaned without being asked for: every fact positively proven (FR-002, C-004). */
export const PROVEN: DecidingVector = {
  port_range: 'sync',
  responder: 'sync',
  listener_pid: 'known',
  owner_user: 'same',
  spawn_shape: 'production',
  root_marker: 'same',
  self_report: 'matches',
  recorded_singleton: 'no',
};

export const MANDATORY_INVARIANTS: readonly MandatoryInvariant[] = [
  {
    says: 'safe_auto needs every positive proof',
    holds: (state, cleanupClass) =>
      cleanupClass !== 'safe_auto' ||
      Object.entries(PROVEN).every(([fact, value]) => state[fact as keyof DecidingVector] === value),
  },
  never('outside the sync range nothing is touched', ({ port_range: range }) => range !== 'sync'),
  never('a dashboard is never touched', ({ responder }) => responder === 'dashboard'),
  never(
    'the healthy recorded daemon is never touched',
    ({ responder, recorded_singleton: recorded }) => responder === 'sync' && recorded === 'yes',
  ),
  never('a process of another command line is never touched', ({ spawn_shape: shape }) => shape === 'other'),
  never(
    'what neither its command line nor its answer identifies is never touched',
    ({ spawn_shape: shape, responder }) => shape !== 'production' && responder !== 'sync',
  ),
  { says: 'the rules leave no state to the default', holds: (_state, _class, rule) => rule !== null },
];

function never(says: string, applies: (state: DecidingVector) => boolean): MandatoryInvariant {
  return { says, holds: (state, cleanupClass) => !applies(state) || cleanupClass === 'never_touch' };
}
