import type { IdentifiedCandidate } from '../model/candidate.js';
import { isInRange } from '../model/family.js';
import { isRecordedElsewhere } from '../model/recorded-elsewhere.js';
import { type Decision, leave } from '../lifecycle/decision.js';
import type { Surroundings } from '../pipeline/look.js';

/** Decides from what was seen. Pure: a daemon is started only where it is certain that none is recorded and alive. */
export function decide({ facts, candidates }: Surroundings): Decision {
  const { listeners, root, observer } = facts;
  if (!listeners.ok) return leave('could_not_look', listeners.why);
  const recorded = candidates.find(({ facts: { recorded_singleton: value } }) => value === 'yes');
  if (recorded) return aboutRecorded(recorded);

  const { stateFile, recordedProcess } = root;
  switch (stateFile.kind) {
    case 'absent':
      return { kind: 'start' };
    case 'unreadable':
      return leave('singleton_unknown', `the state file cannot be read: ${stateFile.why}`);
    case 'malformed':
      return candidates.some(mayBelongHere)
        ? leave('singleton_unknown', `the state file is malformed: ${stateFile.why}`)
        : { kind: 'start' };
    case 'read':
      break;
  }
  const { port } = stateFile;
  if (isRecordedElsewhere(root, observer.machine))
    return leave('recorded_elsewhere', 'the daemon of this root runs on another machine or network');
  if (!isInRange(port, 'sync'))
    return leave('singleton_unknown', `the state file names port ${port}, which is no sync port`);
  if (candidates.some((candidate) => candidate.identity.port === port && mayBelongHere(candidate)))
    return leave('singleton_unknown', `the state file names port ${port}, where another daemon listens`);
  if (recordedProcess.kind === 'unreadable' || (recordedProcess.kind === 'alive' && recordedProcess.isDaemon))
    return leave(
      'singleton_unknown',
      `the state file names PID ${recordedProcess.pid}, which was not seen to listen`,
    );
  return { kind: 'start' };
}

/** An older one of ours is succeeded; a newer one is never evicted, nor one whose version nobody can read. */
function aboutRecorded(daemon: IdentifiedCandidate): Decision {
  const { facts, shape, identity } = daemon;
  const who = `PID ${String(identity.pid)} on port ${identity.port}`;
  if (facts.responder !== 'sync')
    return leave('singleton_unresponsive', `${who} is recorded and does not answer`);
  const isOwn = shape?.generation === 'own';
  if (facts.self_report === 'mismatch' || (isOwn && facts.self_report !== 'matches'))
    return leave('singleton_unproven', `${who} is recorded, and what it says of itself is not proven`);
  return isOwn && facts.package_version === 'older' ? { kind: 'start' } : { kind: 'reuse', daemon };
}

/** Anybody of whom it is not certain that it is no daemon of this root. */
function mayBelongHere({ facts }: IdentifiedCandidate): boolean {
  return facts.spawn_shape !== 'other' && facts.root_marker !== 'other' && facts.owner_user !== 'other';
}
