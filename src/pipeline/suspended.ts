import { mayBeLive } from '../action/envelope/singleton.js';
import type { Suspension } from '../model/activity.js';
import type { JudgedCandidate } from '../model/candidate.js';
import { readProcessActivity } from '../system/observe/process-activity.js';
import type { Examination } from './examine.js';

/** The daemons that may be live and are silent because something keeps them from running; for the report. */
export function suspendedIn({ candidates }: Examination): ReadonlyMap<JudgedCandidate, Suspension> {
  return new Map(
    candidates.flatMap((candidate) => {
      const { health, holder } = candidate.evidence;
      if (health.kind !== 'silent' || holder.kind !== 'known' || !mayBeLive(candidate)) return [];
      const activity = readProcessActivity(holder.process.pid);
      const suspension = activity.ok ? activity.value.suspension : null;
      return suspension === null ? [] : [[candidate, suspension] as const];
    }),
  );
}
