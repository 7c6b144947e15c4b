import type { Observer, RootEvidence } from '../model/evidence.js';
import { isRecordedElsewhere } from '../model/recorded-elsewhere.js';
import type { Remediation } from '../model/report.js';
import { distrustOf } from '../model/root-trust.js';
import { DAEMON_FILES } from '../model/daemon-files.js';
import { shellQuote } from './shell-quote.js';

/**
 * What to do where a root's state file leaves it open whether a healthy daemon is its live one. The file is put aside
 * only where its text was read and names nobody for certain: whoever it did name is then protected no more. A file that
 * only we could not read, or that holds for another machine, does its work there and stays.
 */
export function stateFileRemedy(root: RootEvidence, { uid, machine }: Observer): Remediation {
  const { stateFile } = root;
  const path = `${root.path}/${DAEMON_FILES.sync.stateFile}`;
  if (!root.inOurTree) return inWords(`run doctor inside its container: ${path} is another file here`);
  const distrust = distrustOf('sync', root, uid);
  if (distrust?.because === 'others_can_write') {
    return {
      command: `chmod go-w -- ${shellQuote(distrust.path)}`,
      effect: 'takes the right to write it from others; look first at what they may have written',
    };
  }
  if (distrust)
    return inWords(`${distrust.path} ${distrust.why}: use a root of your own, or take this one over (chown)`);
  if (stateFile.kind === 'unreadable') return inWords(`${path}: ${cureOf(stateFile.why)}, then look again`);
  if (isRecordedElsewhere(root, machine)) {
    return inWords(`run doctor on the machine, or in the network namespace, that ${path} was written in`);
  }
  return {
    command: `mv -- ${shellQuote(path)} ${shellQuote(`${path}.unusable`)}`,
    effect: 'puts it aside; a daemon that it may have named is no longer protected, and a reset retires it',
  };
}

function inWords(effect: string): Remediation {
  return { command: null, effect };
}

/** @param code of the error that reading it ended with */
export function cureOf(code: string): string {
  switch (code) {
    case 'EMFILE':
    case 'ENFILE':
      return `raise the limit of open files (${code})`;
    case 'EACCES':
    case 'EPERM':
      return `let this user read it (${code})`;
    default:
      return `mend what keeps it from being read (${code})`;
  }
}
