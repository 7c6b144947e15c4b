import type { JudgedCandidate } from '../model/candidate.js';
import type { Remediation } from '../model/report.js';
import { shellQuote } from '../report/shell-quote.js';

/** The one step that does something about a dashboard, or null where nothing needs doing. */
export function dashboardRemedy(
  { verdict, facts, identity }: JudgedCandidate,
  project: string,
  invocation: string,
): Remediation | null {
  if (verdict.cleanupClass === 'never_touch') return null;
  const here = `cd ${shellQuote(project)} && ${invocation} dashboard`;
  if (verdict.cleanupClass === 'safe_auto')
    return { command: here, effect: 'retires it, and keeps the one in use' };
  if (facts.self_report === 'matches')
    return { command: `${here} --stop`, effect: 'stops every proven dashboard of this project' };
  const effect = `it does not prove who it is, so it is left alone: look at PID ${String(identity.pid)} and end it yourself`;
  return { command: null, effect };
}
