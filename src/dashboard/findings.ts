import type { JudgedCandidate } from '../model/candidate.js';
import type { Scan } from '../model/scan.js';
import { groupedBy, portsWords } from '../report/groups.js';
import { counted } from '../text/layout.js';
import type { Finding, Remediation } from '../report/report.js';
import { reasonWords } from '../report/words.js';

/**
 * Lists what the user of a project should know about the dashboard ports, most pressing first. Pure.
 * @param start the command that starts the dashboard of this project
 */
export function dashboardFindings(
  { listeners, furtherListeners = 0 }: Scan,
  candidates: readonly JudgedCandidate[],
  start: string,
): readonly Finding[] {
  return [
    ...(listeners.ok ? [] : [couldNotLook(listeners.why)]),
    ...(furtherListeners > 0 ? [notLookedAt(furtherListeners)] : []),
    ...leftBehind(candidates, start),
    ...forOperator(candidates, start),
  ];
}

/**
 * Returns the one step for the user about a listener of the dashboard range, or null if there is nothing to do.
 * @param start the command that starts the dashboard of this project
 */
export function dashboardRemedy(
  { verdict, facts, identity }: JudgedCandidate,
  start: string,
): Remediation | null {
  if (verdict.cleanupClass === 'never_touch') return null;
  if (verdict.cleanupClass === 'safe_auto')
    return { command: start, effect: 'stops it, and keeps the dashboard in use' };
  if (facts.self_report === 'matches')
    return { command: `${start} --stop`, effect: 'stops every proven dashboard of this project' };
  const effect = `its identity is not proven, so no command stops it: check PID ${String(identity.pid)} and stop it yourself`;
  return { command: null, effect };
}

function couldNotLook(why: string): Finding {
  const remediation = {
    command: null,
    effect: 'run it where /proc is mounted and shows the sockets of this machine',
  };
  return {
    id: 'could_not_look',
    severity: 'attention',
    summary: `could not look for dashboards: ${why}`,
    remediation,
  };
}

/** A scan limits how many listeners of other users it examines, because they may listen on any number of addresses. */
function notLookedAt(count: number): Finding {
  const summary = `More listeners of other users on these ports, counted but not examined: ${count}`;
  return { id: 'further_listeners', severity: 'attention', summary, remediation: null };
}

function leftBehind(candidates: readonly JudgedCandidate[], start: string): readonly Finding[] {
  const found = candidates.filter(({ verdict }) => verdict.cleanupClass === 'safe_auto');
  if (found.length === 0) return [];
  const summary = `${counted(found.length, 'orphaned dashboard')} of this project, no longer in use: ${portsOf(found)}`;
  const effect = `stops ${found.length === 1 ? 'it' : 'them'}, and keeps the dashboard in use`;
  return [
    { id: 'orphaned_dashboards', severity: 'attention', summary, remediation: { command: start, effect } },
  ];
}

/** Makes one finding for each reason and step. */
function forOperator(candidates: readonly JudgedCandidate[], start: string): readonly Finding[] {
  const found = candidates.filter(({ verdict }) => verdict.cleanupClass === 'operator_required');
  const groups = groupedBy(found, (one) => [reasonOf(one), dashboardRemedy(one, start)]);
  return groups.map((those) => {
    const [first] = those;
    const summary = `${counted(those.length, 'dashboard')} on ${portsOf(those)} for you to decide: ${reasonWords(reasonOf(first))}`;
    const remediation = dashboardRemedy(first, start);
    return { id: `operator_required.${reasonOf(first)}`, severity: 'attention', summary, remediation };
  });
}

function reasonOf({ verdict }: JudgedCandidate): string {
  return verdict.reason ?? 'unclassified';
}

function portsOf(candidates: readonly JudgedCandidate[]): string {
  return portsWords(candidates.map(({ identity }) => identity.port));
}
