import type { ReportCandidate } from '../model/report.js';

/** What tells it. */
type Listener = Pick<ReportCandidate, 'cleanup_class' | 'skip_reason' | 'live_in_root'>;

/** What a listener is to whoever looks at the whole range; most pressing first. */
export const STANDINGS = [
  {
    name: 'orphan',
    meaning: 'orphan',
    is: ({ cleanup_class: cleanupClass }: Listener) => cleanupClass === 'safe_auto',
  },
  {
    name: 'needs-you',
    meaning: 'needs you',
    is: (candidate: Listener) =>
      candidate.cleanup_class === 'operator_required' && candidate.live_in_root === null,
  },
  {
    name: 'live',
    meaning: 'live daemon',
    is: ({ skip_reason: reason, live_in_root: root }: Listener) =>
      reason === 'recorded_singleton' || root !== null,
  },
  {
    name: 'not-ours',
    meaning: 'not ours',
    is: ({ cleanup_class: cleanupClass }: Listener) => cleanupClass === 'never_touch',
  },
] as const;

export type Standing = (typeof STANDINGS)[number];

/** Several sockets on one port number show as the one that needs most attention; null where nobody listens. */
export function standingOf(candidates: readonly Listener[]): Standing | null {
  return STANDINGS.find(({ is }) => candidates.some(is)) ?? null;
}
