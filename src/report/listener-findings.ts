import type { JudgedCandidate } from '../model/candidate.js';
import { isInOurWay, PORT_RANGES } from '../model/family.js';
import type { Finding } from '../model/report.js';
import { formatBytes } from './units.js';
import { isLiveElsewhere } from './live-elsewhere.js';
import { countProcesses, remaining } from './remaining.js';
import { remediationOf } from './remediation.js';
import type { Invocation, ReportInput } from './report-input.js';

/** What the operator should know of those who listen, most pressing first. */
export function listenerFindings(input: ReportInput): readonly Finding[] {
  return [
    ...couldNotAsk(input),
    ...notLookedAt(input),
    ...failures(input),
    ...orphans(input),
    ...needOperator(input),
    ...liveElsewhere(input),
    ...fullRange(input),
  ];
}

/** What we ran out of ourselves makes healthy daemons look unresponsive. */
function couldNotAsk({ examination: { candidates } }: ReportInput): Finding[] {
  const [first, ...more] = candidates.flatMap(({ evidence: { health } }) =>
    health.kind === 'not_asked' && health.shortOf !== undefined ? [health.shortOf] : [],
  );
  if (first === undefined) return [];
  const summary = `${count(more.length + 1, 'listener')} could not be asked: ${first}, a limit of this command's own`;
  const remediation = { command: null, effect: 'raise the limit of open files (ulimit -n), and look again' };
  return [{ id: 'could_not_ask', severity: 'attention', summary, remediation }];
}

/** Not "nobody": who listens there is not known. */
function notLookedAt({ examination: { facts } }: ReportInput): Finding[] {
  const further = facts.furtherListeners ?? 0;
  if (further === 0) return [];
  const summary = `${count(further, 'more listener')} of other users on the sync ports: counted, and not looked at`;
  const remediation = { command: WHO_LISTENS, effect: 'names who listens there' };
  return [{ id: 'further_listeners', severity: 'attention', summary, remediation }];
}

function failures({ reset }: ReportInput): Finding[] {
  const failed = reset?.ledger.filter(({ disposition }) => disposition.bucket === 'failed').length ?? 0;
  if (failed === 0) return [];
  const summary = `${count(failed, 'daemon')} could not be cleaned; the reason stands beside each`;
  return [{ id: 'reset_failed', severity: 'attention', summary, remediation: null }];
}

function orphans(input: ReportInput): Finding[] {
  const found = remaining(input).filter(({ verdict }) => verdict.cleanupClass === 'safe_auto');
  const [first] = found;
  if (!first) return [];
  const bytes = [...new Map(found.map((one) => [one.identity.pid, residentBytes(one)])).values()];
  const sum = bytes.reduce((total, each) => total + each, 0);
  return [
    {
      id: 'orphaned_daemons',
      severity: 'attention',
      summary: `${count(countProcesses(found), 'orphaned sync daemon')} of this root, holding ${formatBytes(sum)} of memory`,
      // After a reset, what is left needs something else.
      remediation: input.reset ? remediationOf(first, input) : resetRemedy(input.invocation),
    },
  ];
}

/** One finding a reason and way out. What is another user's to do is news only, until we were asked to do it. */
function needOperator(input: ReportInput): Finding[] {
  const found = remaining(input).filter(
    (candidate) => candidate.verdict.cleanupClass === 'operator_required' && !isLiveElsewhere(candidate),
  );
  const groups = new Map<string, JudgedCandidate[]>();
  for (const candidate of found) {
    const key = `${reasonOf(candidate)} ${remediationOf(candidate, input)?.effect ?? ''}`;
    groups.set(key, [...(groups.get(key) ?? []), candidate]);
  }
  return [...groups.values()].flatMap((those) => {
    const [first] = those;
    if (!first) return [];
    const reason = reasonOf(first);
    const isOthers = reason === 'other_user';
    const ports = those.map(({ identity }) => identity.port).join(', ');
    const whose = isOthers ? 'of another user' : `left for you to decide (${reason})`;
    return {
      id: `operator_required.${reason}`,
      severity: isOthers && !input.reset ? 'info' : 'attention',
      summary: `${count(countProcesses(those), 'daemon')} ${whose} on ${ports}`,
      remediation: remediationOf(first, input),
    } as const;
  });
}

function reasonOf({ verdict }: JudgedCandidate): string {
  return verdict.reason ?? 'unclassified';
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

const { first, end } = PORT_RANGES.sync;
const WHO_LISTENS = `ss -ltnp 'sport >= :${first} and sport < :${end}'`;

function fullRange(input: ReportInput): Finding[] {
  const inOurWay = remaining(input).filter(({ evidence }) => isInOurWay(evidence.socket.address));
  const taken = new Set(inOurWay.map(({ identity }) => identity.port));
  if (taken.size < end - first) return [];
  const summary = `all ${end - first} sync ports are taken: no new daemon can start`;
  const remediation = { command: WHO_LISTENS, effect: 'names who listens there' };
  return [{ id: 'range_full', severity: 'attention', summary, remediation }];
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
