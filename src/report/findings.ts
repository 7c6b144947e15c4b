import type { JudgedCandidate } from '../model/candidate.js';
import type { Finding } from '../model/report.js';
import { isInRange, PORT_RANGES } from '../model/family.js';
import { distrustOf } from '../model/root-trust.js';
import { formatBytes } from './units.js';
import { kernelRemedy, remediationOf } from './remediation.js';
import type { Invocation, ReportInput } from './report-input.js';
import { stateFileRemedy } from './state-file-remedy.js';

/** What the operator should know, most pressing first. Only what needs attention makes the exit code 1. */
export function findingsOf(input: ReportInput): readonly Finding[] {
  return [
    ...couldNotLook(input),
    ...onlyShown(input),
    ...failures(input),
    ...orphans(input),
    ...needOperator(input),
    ...liveElsewhere(input),
    ...rootTrust(input),
    ...stateFile(input),
    ...fullRange(input),
    ...otherProgram(input),
  ];
}

/** The candidates that are still there: all, or after a reset those that were not swept. */
function remaining({ examination, reset }: ReportInput): readonly JudgedCandidate[] {
  if (!reset) return examination.candidates;
  return reset.ledger
    .filter(({ disposition }) => disposition.bucket !== 'swept')
    .map(({ candidate }) => candidate);
}

/** A healthy daemon that its own root records is in use, whatever our root thinks of it. */
export function isLiveElsewhere({ recordedIn, facts }: JudgedCandidate): boolean {
  return recordedIn.kind === 'other_root' && facts.responder === 'sync';
}

function couldNotLook({ examination: { facts }, invocation }: ReportInput): Finding[] {
  if (facts.listeners.ok) return [];
  const summary = `could not look for listeners: ${facts.listeners.why}`;
  const remediation = canAskKernel(facts) ? kernelRemedy(invocation) : null;
  return [{ id: 'could_not_look', severity: 'attention', summary, remediation }];
}

/** The portable collector proves nothing, so nothing was done by it, and nothing will be. */
function onlyShown({ examination: { facts }, reset, invocation }: ReportInput): Finding[] {
  if (facts.collector === 'procfs' || !facts.listeners.ok) return [];
  const where = canAskKernel(facts) ? 'seen through systeminformation' : `on ${facts.observer.platform}`;
  const effect = reset ? 'the reset did nothing' : 'a reset would do nothing';
  const summary = `${where}, a daemon can be shown and not proven: ${effect}`;
  const remediation = canAskKernel(facts) ? kernelRemedy(invocation) : null;
  return [{ id: 'shown_only', severity: 'info', summary, remediation }];
}

function canAskKernel({ collector, observer }: ReportInput['examination']['facts']): boolean {
  return collector !== 'procfs' && observer.platform === 'linux';
}

function failures({ reset }: ReportInput): Finding[] {
  const failed = reset?.ledger.filter(({ disposition }) => disposition.bucket === 'failed').length ?? 0;
  if (failed === 0) return [];
  const summary = `${count(failed, 'daemon')} could not be cleaned; the reason stands beside each`;
  return [{ id: 'reset_failed', severity: 'attention', summary, remediation: null }];
}

function orphans(input: ReportInput): Finding[] {
  const found = remaining(input).filter(({ verdict }) => verdict.cleanupClass === 'safe_auto');
  if (found.length === 0) return [];
  const bytes = found.reduce((sum, candidate) => sum + residentBytes(candidate), 0);
  return [
    {
      id: 'orphaned_daemons',
      severity: 'attention',
      summary: `${count(found.length, 'orphaned sync daemon')} of this root, holding ${formatBytes(bytes)} of memory`,
      remediation: resetRemedy(input.invocation),
    },
  ];
}

/** One finding a reason, so that each has its own way out. */
function needOperator(input: ReportInput): Finding[] {
  const found = remaining(input).filter(
    (candidate) => candidate.verdict.cleanupClass === 'operator_required' && !isLiveElsewhere(candidate),
  );
  const reasons = [...new Set(found.map(({ verdict }) => verdict.reason ?? 'unclassified'))];
  return reasons.map((reason) => {
    const those = found.filter(({ verdict }) => (verdict.reason ?? 'unclassified') === reason);
    const ports = those.map(({ identity }) => identity.port).join(', ');
    const [first] = those;
    return {
      id: `operator_required.${reason}`,
      severity: 'attention',
      summary: `${count(those.length, 'daemon')} left for you to decide (${reason}) on ${ports}`,
      remediation: first ? remediationOf(first, input) : null,
    };
  });
}

function liveElsewhere(input: ReportInput): Finding[] {
  return remaining(input)
    .filter(isLiveElsewhere)
    .map((candidate) => ({
      id: 'live_in_other_root',
      severity: 'info',
      summary: `port ${candidate.identity.port} is the live daemon of another root`,
      remediation: remediationOf(candidate, input),
    }));
}

function rootTrust({ examination: { facts } }: ReportInput): Finding[] {
  const distrust = distrustOf(facts.root, facts.observer.uid);
  if (!distrust) return [];
  const summary = `${distrust.why}, who could make the live daemon look like an orphan`;
  const remediation = stateFileRemedy(facts.root, facts.observer);
  return [{ id: 'root_not_trusted', severity: 'attention', summary, remediation }];
}

function stateFile({ examination: { facts }, reset, invocation }: ReportInput): Finding[] {
  const { stateFile, recordedProcess, path } = facts.root;
  if (reset?.cleared.kind === 'cleared') {
    const summary = `removed the state file, which named nobody any more (port ${reset.cleared.port})`;
    return [{ id: 'state_file_cleared', severity: 'info', summary, remediation: null }];
  }
  if (reset?.cleared.kind === 'failed') {
    const summary = `the state file names nobody and could not be removed: ${reset.cleared.why}`;
    const remediation = { command: `rm -- ${path}/sync-daemon`, effect: 'removes it' };
    return [{ id: 'state_file_stale', severity: 'attention', summary, remediation }];
  }
  if (stateFile.kind === 'unreadable' || stateFile.kind === 'malformed') {
    const summary = `the state file ${path}/sync-daemon cannot be used: ${stateFile.why}`;
    const remediation = stateFileRemedy(facts.root, facts.observer);
    return [{ id: 'state_file_unusable', severity: 'attention', summary, remediation }];
  }
  if (stateFile.kind === 'read' && recordedProcess.kind === 'gone' && !listensOn(stateFile.port, facts)) {
    const summary = `the state file names PID ${recordedProcess.pid}, which is gone`;
    return [{ id: 'state_file_stale', severity: 'info', summary, remediation: resetRemedy(invocation) }];
  }
  return [];
}

function listensOn(port: number, { listeners }: ReportInput['examination']['facts']): boolean {
  // Outside the range we did not look.
  if (!listeners.ok || !isInRange(port, 'sync')) return true;
  return listeners.value.some(({ socket }) => socket.port === port);
}

function fullRange(input: ReportInput): Finding[] {
  const { first, end } = PORT_RANGES.sync;
  const taken = new Set(remaining(input).map(({ identity }) => identity.port));
  if (taken.size < end - first) return [];
  const summary = `all ${end - first} sync ports are taken: no new daemon can start`;
  return [{ id: 'range_full', severity: 'attention', summary, remediation: null }];
}

function otherProgram({ otherSpecKitty }: ReportInput): Finding[] {
  if (otherSpecKitty === null) return [];
  const summary = `the \`spec-kitty\` on your PATH is another program (${otherSpecKitty}); run this one with \`npx spec-kitty\``;
  return [{ id: 'other_program', severity: 'info', summary, remediation: null }];
}

function resetRemedy(invocation: Invocation): Finding['remediation'] {
  return { command: `${invocation} auth doctor --reset`, effect: 'retires them, and reports on each' };
}

function residentBytes({ evidence: { holder } }: JudgedCandidate): number {
  return holder.kind === 'known' && holder.process.residentBytes.ok ? holder.process.residentBytes.value : 0;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
