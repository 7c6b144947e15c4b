import type { JudgedCandidate } from '../model/candidate.js';
import { reasonWords } from './words.js';
import type { Group } from './groups.js';
import { inertName } from '../text/terminal.js';

/**
 * Says what daemons are that their user has to decide about, as a sentence without its subject: `serves
 * /home/me/other, which exists`. Contains paths that another process wrote.
 * @param those daemons with the same kind of meaning; they differ at most in their deleted folders, which are named
 */
export function meaningOf(those: Group<JudgedCandidate>): string {
  return sentenceAbout(those[0], deletedFolder(those));
}

/** Returns what is the same for daemons that one sentence describes. */
export function kindOfMeaning(candidate: JudgedCandidate): string {
  return sentenceAbout(candidate, '');
}

function sentenceAbout(candidate: JudgedCandidate, deleted: string): string {
  const { verdict, facts } = candidate;
  const reason = verdict.reason ?? 'unclassified';
  const silence = facts.responder === 'silent' ? ', and does not answer' : '';
  switch (reason) {
    case 'pre_marker':
      return `too old to say which folder it serves${silence}`;
    case 'cross_root':
      return `${otherFolder(candidate, deleted)}${silence}`;
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

function otherFolder(candidate: JudgedCandidate, deleted: string): string {
  const { facts, recordedIn, evidence } = candidate;
  const { roots } = evidence;
  if (recordedIn.kind === 'other_root')
    return `serves ${inertName(recordedIn.root.path)}, which records it as its daemon`;
  if (facts.root_exists === 'no') return deleted;
  const renamedTo = roots.ok && roots.value[0]?.directory.kind === 'missing' ? roots.value[1] : undefined;
  if (renamedTo) return `serves ${inertName(renamedTo.path)}, which had another name when it was started`;
  return `serves ${rootOr('another folder', candidate)}, which exists`;
}

/** Describes deleted folders. Of many, such as those of test runs, the first few are named. */
function deletedFolder(those: readonly JudgedCandidate[]): string {
  const names = [...new Set(those.flatMap(({ identity }) => identity.daemonRoot ?? []))].map(inertName);
  const further = names.length - MOST_NAMED;
  if (names.length <= 1) return ['serves another folder', ...names, 'which was deleted'].join(', ');
  const list = [...names.slice(0, MOST_NAMED), ...(further > 0 ? [`${further} more`] : [])];
  return `serves another folder, which was deleted (${list.join(', ')})`;
}

const MOST_NAMED = 3;

function rootOr(words: string, { identity: { daemonRoot } }: JudgedCandidate): string {
  return daemonRoot === null ? words : inertName(daemonRoot);
}
