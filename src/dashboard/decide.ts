import type { IdentifiedCandidate } from '../model/candidate.js';
import { isRecordedElsewhere } from '../model/recorded-elsewhere.js';
import { type Decision, leave } from '../lifecycle/decision.js';
import type { Surroundings } from '../pipeline/look.js';

/**
 * What `spec-kitty dashboard` is to do about the one dashboard of its project. Pure. One that proves itself is used
 * unless the project records another; nothing is started beside one that may be the recorded one.
 */
export function decide({ facts, candidates }: Surroundings): Decision {
  const { listeners, root, observer } = facts;
  if (!listeners.ok) return leave('could_not_look', listeners.why);
  const ours = candidates.filter(isOfThisProject).toSorted(recordedFirst);
  const proven = ours.find(
    ({ facts: seen }) => seen.self_report === 'matches' && seen.recorded_singleton !== 'no',
  );
  if (proven) return isOutdated(proven) ? { kind: 'start' } : { kind: 'reuse', daemon: proven };
  const inTheWay = ours.find(({ facts: seen }) => seen.recorded_singleton !== 'no');
  if (inTheWay) return leave(...whyInTheWay(inTheWay));
  return isRecordedElsewhere(root, observer.machine)
    ? leave('recorded_elsewhere', 'the dashboard of this project runs on another machine or network')
    : { kind: 'start' };
}

function isOfThisProject({ facts }: IdentifiedCandidate): boolean {
  return facts.spawn_shape === 'production' && facts.root_marker === 'same' && facts.owner_user === 'same';
}

function recordedFirst(one: IdentifiedCandidate, other: IdentifiedCandidate): number {
  return Number(isRecorded(other)) - Number(isRecorded(one));
}

function isRecorded({ facts }: IdentifiedCandidate): boolean {
  return facts.recorded_singleton === 'yes';
}

/** An older one of ours is succeeded; a newer one never, nor a released one. */
function isOutdated({ shape, facts }: IdentifiedCandidate): boolean {
  return shape?.generation === 'own' && isOlder(facts) && facts.recorded_singleton === 'yes';
}

function isOlder({ package_version: version }: IdentifiedCandidate['facts']): boolean {
  return version === 'older';
}

function whyInTheWay(dashboard: IdentifiedCandidate): Parameters<typeof leave> {
  const { identity, facts } = dashboard;
  const who = `PID ${String(identity.pid)} on port ${identity.port}`;
  if (!isRecorded(dashboard)) return ['singleton_unknown', `${who} may be the dashboard of this project`];
  return facts.responder === 'dashboard'
    ? ['singleton_unproven', `${who} is recorded, and what it says of itself is not proven`]
    : ['singleton_unresponsive', `${who} is recorded, and does not answer`];
}
