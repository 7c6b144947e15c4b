import type { JudgedCandidate } from '../model/candidate.js';
import { reasonWords } from './words.js';
import { inertName } from '../text/terminal.js';

/**
 * Says what a daemon is that its user has to decide about, as a sentence without its subject: `serves /home/me/other,
 * which exists`. Contains paths that another process wrote.
 */
export function meaningOf(candidate: JudgedCandidate): string {
  const { verdict, facts } = candidate;
  const reason = verdict.reason ?? 'unclassified';
  const silence = facts.responder === 'silent' ? ', and does not answer' : '';
  switch (reason) {
    case 'pre_marker':
      return `too old to say which folder it serves${silence}`;
    case 'cross_root':
      return `${otherFolder(candidate)}${silence}`;
    case 'root_unreadable':
      return `serves ${rootOr('a folder', candidate)}, which cannot be read${silence}`;
    case 'unresponsive':
      return facts.recorded_singleton === 'yes'
        ? 'the recorded daemon of this folder, which does not answer'
        : 'serves this folder, and does not answer';
    case 'missing_identity':
      return 'serves this folder, and does not say which daemon it is';
    case 'pid_port_mismatch':
      return 'serves this folder, and says something else about itself than the kernel';
    default:
      return reasonWords(reason);
  }
}

/** Describes the root of a daemon of another root. A path of a deleted one would tell nothing. */
function otherFolder(candidate: JudgedCandidate): string {
  const { facts, recordedIn, evidence } = candidate;
  const { roots } = evidence;
  if (recordedIn.kind === 'other_root')
    return `serves ${inertName(recordedIn.root.path)}, which records it as its daemon`;
  if (facts.root_exists === 'no') return 'serves another folder, which was deleted';
  const renamedTo = roots.ok && roots.value[0]?.directory.kind === 'missing' ? roots.value[1] : undefined;
  if (renamedTo) return `serves ${inertName(renamedTo.path)}, which had another name when it was started`;
  return `serves ${rootOr('another folder', candidate)}, which exists`;
}

function rootOr(words: string, { identity: { daemonRoot } }: JudgedCandidate): string {
  return daemonRoot === null ? words : inertName(daemonRoot);
}
