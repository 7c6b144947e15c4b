import type { JudgedCandidate } from '../model/candidate.js';
import type { Remediation } from '../model/report.js';
import { ROOT_FILES } from '../model/root-files.js';
import { shellQuote } from './shell-quote.js';

/** What the printed commands are called with: `spec-kitty`, or `npx spec-kitty` when that is how it was run. */
export type Invocation = string;

/**
 * The one step that does something about a candidate, or null where nothing needs doing (SC-002). Every command here
 * exists, and changes what it is printed for (pitfall 27).
 */
export function remediationOf(
  candidate: JudgedCandidate,
  root: string,
  invocation: Invocation,
): Remediation | null {
  const { verdict, recordedIn, facts } = candidate;
  if (verdict.cleanupClass === 'never_touch') return null;
  if (facts.responder === 'sync' && facts.owner_user === 'same') {
    if (recordedIn.kind === 'other_root') return otherRootsRemedy(recordedIn.root, invocation);
    if (recordedIn.kind === 'unknown' && recordedIn.root !== null) return stateFileRemedy(recordedIn.root);
  }
  switch (verdict.reason) {
    case 'other_user':
      return {
        command: `sudo -H -u '#${ownerUid(candidate)}' ${invocation} auth doctor --reset`,
        effect: 'lets the user it belongs to clean it',
      };
    case 'owner_unknown':
    case 'missing_pid':
    case 'identity_unreadable':
      return {
        command: `sudo ss -ltnp 'sport = :${candidate.identity.port}'`,
        effect: 'names the process, which we could not see',
      };
    case 'singleton_unknown':
      return stateFileRemedy(root);
    case null:
    default:
      return {
        command: `${invocation} auth doctor --reset`,
        effect: 'asks it to leave, and sees to it that it does',
      };
  }
}

/** A state file that cannot be trusted is put aside, not deleted: then no daemon counts as recorded any more. */
export function stateFileRemedy(root: string): Remediation {
  const path = `${root}/${ROOT_FILES.stateFile}`;
  return {
    command: `mv -- ${shellQuote(path)} ${shellQuote(`${path}.unusable`)}`,
    effect: 'puts the unusable state file aside; the daemons it may have named can then be judged',
  };
}

function otherRootsRemedy(root: string, invocation: Invocation): Remediation {
  return {
    command: `SPEC_KITTY_HOME=${shellQuote(root)} ${invocation} auth doctor`,
    effect: 'shows it as the live daemon that it is there; nothing to clean',
  };
}

function ownerUid({ evidence: { socket, holder } }: JudgedCandidate): number {
  return holder.kind === 'known' ? holder.process.uid : socket.uid;
}
