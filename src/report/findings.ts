import { platformNamed } from '../model/platform.js';
import type { Finding } from '../model/report.js';
import { kernelRemedy } from './remediation.js';
import type { ReportInput } from './report-input.js';
import { rootFindings } from './root-findings.js';

/**
 * What the operator should know, most pressing first. Only what needs attention makes the exit code 1.
 * @param ofListeners what is to be said of those who listen
 */
export function findingsOf(input: ReportInput, ofListeners: readonly Finding[]): readonly Finding[] {
  return [
    ...savedElsewhere(input),
    ...couldNotLook(input),
    ...onlyShown(input),
    ...ofListeners,
    ...rootFindings(input),
    ...otherProgram(input),
  ];
}

/** Saved facts may be those of another machine, or of long ago. */
function savedElsewhere({ savedFacts }: ReportInput): Finding[] {
  if (savedFacts === null) return [];
  const summary = `judged from the facts in ${savedFacts}; the commands below act on this machine, as it is now`;
  return [{ id: 'saved_facts', severity: 'info', summary, remediation: null }];
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
  return collector !== 'procfs' && platformNamed(observer.platform).canAct;
}

function otherProgram({ otherSpecKitty }: ReportInput): Finding[] {
  if (otherSpecKitty === null) return [];
  const summary = `the \`spec-kitty\` on your PATH is another program (${otherSpecKitty}); run this one with \`npx spec-kitty\``;
  return [{ id: 'other_program', severity: 'info', summary, remediation: null }];
}
