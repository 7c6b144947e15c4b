import type { JudgedCandidate } from '../model/candidate.js';
import type { Suspension } from '../model/evidence.js';
import type { Outcome } from '../model/outcome.js';
import { platformNamed } from '../model/product.js';
import { isRecordedElsewhere, trustIssueOf } from '../model/root-checks.js';
import { DAEMON_FILES } from '../model/root.js';
import { processOf, type RootEvidence, type ScanContext } from '../model/scan.js';
import { shellQuote } from '../text/terminal.js';
import { outcomeOf, type Invocation, type ReportInput } from './report-input.js';
import type { Remediation } from './report.js';

/**
 * The one step that does something about a candidate, or null where nothing needs doing (SC-002). Every command here
 * exists, and changes what it is printed for (pitfall 27).
 */
export function remedyFor(candidate: JudgedCandidate, input: ReportInput): Remediation | null {
  const { invocation, judged } = input;
  const { root, context } = judged.scan;
  const { verdict, recordedIn, facts } = candidate;
  if (verdict.cleanupClass === 'never_touch') return null;
  const suspension = input.suspended.get(candidate);
  if (suspension) return suspensionRemedy(suspension, candidate);
  const outcome = outcomeOf(candidate, input);
  if (outcome && outcome.bucket !== 'swept') {
    const after = remedyAfter(outcome, candidate);
    if (after) return after;
  }
  if (judged.scan.collector !== 'procfs') return lookElsewhere(candidate, input);
  if (facts.responder === 'sync' && facts.owner_user === 'same') {
    if (recordedIn.kind === 'other_root') return otherRootsRemedy(recordedIn.root, candidate, invocation);
    if (recordedIn.kind === 'unknown') {
      return recordedIn.root
        ? stateFileRemedy(recordedIn.root, context)
        : endIt(candidate, recordedIn.detail);
    }
    // Whatever else is wrong with it: a reset leaves it alone while it may be the live one.
    if (facts.recorded_singleton === 'unknown') return stateFileRemedy(root, context);
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
      return stateFileRemedy(root, context);
    case null:
    default:
      return {
        command: `${invocation} auth doctor --reset`,
        effect: 'asks it to leave, and sees to it that it does',
      };
  }
}

/** Where a reset has shown that another one would come to the same. */
function remedyAfter(
  { reason }: Exclude<Outcome, { bucket: 'swept' }>,
  candidate: JudgedCandidate,
): Remediation | null {
  switch (reason) {
    case 'not_permitted':
      return endIt(candidate, 'the system does not permit us to', 'sudo ');
    case 'journal_unwritable':
      return { command: null, effect: 'make the journal of the runtime root a file that can be written' };
    case 'cannot_hold':
      return endIt(candidate, 'a reset signals only what it can hold: see the optional package koffi');
    case 'kept_busy':
    case 'perhaps_busy':
      return endIt(candidate, 'it may only be busy: an upload under way is cut off, and sent again later');
    default:
      return null;
  }
}

/** A process that something keeps from running is not stuck: it answers once that lets it go on. */
function suspensionRemedy(
  suspension: Suspension,
  { identity: { pid } }: JudgedCandidate,
): Remediation | null {
  switch (suspension.kind) {
    case 'stopped':
      return { command: `kill -CONT ${String(pid)}`, effect: 'lets it go on: it was stopped' };
    case 'traced':
      return suspension.by === 0
        ? { command: null, effect: 'end the debugger that has it, outside this container' }
        : {
            command: `ps -fp ${suspension.by}`,
            effect: 'shows the debugger or tracer that has it: let it go on there',
          };
    case 'frozen': {
      const thawed = suspension.freezer.endsWith('freezer.state') ? 'THAWED' : '0';
      const command = `echo ${thawed} | sudo tee ${shellQuote(suspension.freezer)}`;
      return { command, effect: 'thaws its control group, in which it is frozen' };
    }
  }
}

/** What only the operator can decide, or do. */
function endIt({ identity: { pid } }: JudgedCandidate, why: string, by = ''): Remediation | null {
  return pid === null ? null : { command: `${by}kill ${pid}`, effect: `ends it, whoever uses it (${why})` };
}

/** What was seen in flattened text: on Linux the kernel can be asked; elsewhere the operator's own eyes decide. */
function lookElsewhere(
  { evidence: { holder }, identity: { port } }: JudgedCandidate,
  { invocation, judged: { scan } }: ReportInput,
): Remediation {
  const platform = platformNamed(scan.context.platform);
  if (platform.canAct) return kernelRemedy(invocation);
  const pid = processOf(holder)?.pid;
  if (pid === undefined) {
    return {
      command: platform.whoHolds(port),
      effect: 'names the process, which we could not see',
    };
  }
  return {
    command: platform.whoIs(pid),
    effect: 'shows what it is; ending it is up to you, since this program acts on Linux only',
  };
}

/** For everything that the portable collector had to leave open. */
export function kernelRemedy(invocation: Invocation): Remediation {
  return {
    command: `${invocation} auth doctor --collector procfs`,
    effect: 'asks the kernel instead, which proves who it is',
  };
}

/** It is in use, so nothing needs doing; who knows better can stop it there, if what it says of itself is proven. */
function otherRootsRemedy(
  { path, inOurTree }: RootEvidence,
  candidate: JudgedCandidate,
  invocation: Invocation,
): Remediation | null {
  if (!inOurTree) return { command: null, effect: 'it is in use inside its container; nothing to clean' };
  const { facts, shape } = candidate;
  // `sync stop` there refuses, because the command line declares the old name.
  if (shape?.generation === 'marked' && shape.root !== path)
    return endIt(candidate, `its root ${shape.root} was renamed to ${path} while it ran`);
  const there = `SPEC_KITTY_HOME=${shellQuote(path)} ${invocation}`;
  return facts.self_report === 'matches'
    ? { command: `${there} sync stop`, effect: 'stops it, should nobody need it there' }
    : { command: `${there} auth doctor`, effect: 'shows it as the live daemon that it is there' };
}

function ownerUid({ evidence: { socket, holder } }: JudgedCandidate): string {
  return String(holder.kind === 'known' ? holder.process.uid : socket.uid);
}

/**
 * What to do where a root's state file leaves it open whether a healthy daemon is its live one. The file is put aside
 * only where its text was read and names nobody for certain: whoever it did name is then protected no more. A file that
 * only we could not read, or that holds for another machine, does its work there and stays.
 */
export function stateFileRemedy(root: RootEvidence, { uid, machine }: ScanContext): Remediation {
  const { stateFile } = root;
  const path = `${root.path}/${DAEMON_FILES.sync.stateFile}`;
  if (!root.inOurTree) return inWords(`run doctor inside its container: ${path} is another file here`);
  const distrust = trustIssueOf('sync', root, uid);
  if (distrust?.kind === 'others_can_write') {
    return {
      command: `chmod go-w -- ${shellQuote(distrust.path)}`,
      effect: 'takes the right to write it from others; look first at what they may have written',
    };
  }
  if (distrust)
    return inWords(
      `${distrust.path} ${distrust.detail}: use a root of your own, or take this one over (chown)`,
    );
  if (stateFile.kind === 'unreadable')
    return inWords(`${path}: ${remedyForError(stateFile.why)}, then look again`);
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
export function remedyForError(code: string): string {
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
