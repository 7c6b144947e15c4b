import type { IdentifiedCandidate } from '../model/candidate.js';
import type { Facts } from '../model/evidence.js';
import { isRecordedElsewhere } from '../model/recorded-elsewhere.js';
import type { ReportDaemon } from '../model/report.js';

interface Looked {
  readonly facts: Facts;
  readonly candidates: readonly IdentifiedCandidate[];
}

/** The daemon that our state file names, if it names one. */
export function recordedDaemon({ facts, candidates }: Looked): ReportDaemon | null {
  const { stateFile } = facts.root;
  if (stateFile.kind === 'absent') return null;
  if (stateFile.kind !== 'read') return { port: null, pid: null, package_version: null, state: 'unknown' };
  const { port } = stateFile;
  const recorded = candidates.find(
    ({ facts: { recorded_singleton: value }, identity }) => value === 'yes' && identity.port === port,
  );
  if (recorded) {
    const { pid, packageVersion } = recorded.identity;
    const state = recorded.facts.responder === recorded.family ? 'healthy' : 'unresponsive';
    return { port, pid, package_version: packageVersion, state };
  }
  const named = { port, pid: stateFile.pid, package_version: null };
  if (isRecordedElsewhere(facts.root, facts.observer.machine)) return { ...named, state: 'elsewhere' };
  const isTaken = candidates.some(({ identity }) => identity.port === port);
  return { ...named, state: facts.listeners.ok && !isTaken ? 'not_listening' : 'unknown' };
}
