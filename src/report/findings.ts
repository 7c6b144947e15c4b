import type { JudgedCandidate } from '../model/candidate.js';
import { blocksOurPort, PORT_RANGES, portsText } from '../model/family.js';
import { platformNamed } from '../model/platform.js';
import type { CollectorName } from '../model/scan.js';
import { formatBytes } from '../text/terminal.js';
import { orphansRemedy, procfsRemedy, remedyFor, targetsRemedy } from './remedy.js';
import { rootFindings } from './root-findings.js';
import { countProcesses, isLiveElsewhere, remaining, type ReportInput } from './report-input.js';
import type { Finding } from './report.js';
import { reasonWords } from './words.js';

/** Lists what the operator should know, most pressing first. Only findings that need attention make the exit code 1. */
export function findingsOf(input: ReportInput): readonly Finding[] {
  return [
    ...savedScanNote(input),
    ...interruptedReset(input),
    ...couldNotLook(input),
    ...portableCollector(input),
    ...listenerFindings(input),
    ...rootFindings(input),
    ...otherProgram(input),
  ];
}

/** Says that a saved scan was judged, which may be old or of another machine. */
function savedScanNote({ savedScan }: ReportInput): Finding[] {
  if (savedScan === null) return [];
  const summary = `judged from the saved facts in ${savedScan}; the commands below act on this machine, as it is now`;
  return [{ id: 'saved_facts', severity: 'info', summary, remediation: null }];
}

/** Says that the user interrupted the reset, and what it had done until then. */
function interruptedReset({ reset, invocation }: ReportInput): Finding[] {
  if (!reset?.isInterrupted) return [];
  const swept = reset.result.filter(({ outcome }) => outcome.bucket === 'swept').length;
  const left = reset.result.filter(
    ({ outcome }) => 'reason' in outcome && outcome.reason === 'interrupted',
  ).length;
  const summary = `interrupted by Ctrl-C: ${count(swept, 'daemon')} retired, ${left} left; each entry says what was sent to it`;
  const remediation = { command: `${invocation} auth doctor`, effect: 'shows what is there now' };
  return [{ id: 'interrupted', severity: 'attention', summary, remediation }];
}

function couldNotLook({ judged: { scan }, invocation }: ReportInput): Finding[] {
  if (scan.listeners.ok) return [];
  const summary = `could not look for listeners: ${scan.listeners.why}`;
  const remediation = canAskKernel(scan)
    ? procfsRemedy(invocation)
    : { command: null, effect: FAILED_SCAN[scan.collector] };
  return [{ id: 'could_not_look', severity: 'attention', summary, remediation }];
}

const FAILED_SCAN: Readonly<Record<CollectorName, string>> = {
  procfs: 'run it where /proc is mounted and shows the sockets of this machine',
  systeminformation: 'install the missing tool (`ss` or `netstat`), or run it where it works',
};

/** Says that the portable collector scanned, which proves nothing, so that a reset retires nothing. */
function portableCollector({ judged: { scan }, reset, invocation }: ReportInput): Finding[] {
  if (scan.collector === 'procfs' || !scan.listeners.ok) return [];
  const where = canAskKernel(scan) ? 'seen through systeminformation' : `on ${scan.context.platform}`;
  const effect = reset ? 'the reset did nothing' : 'a reset would do nothing';
  const summary = `${where}, a daemon can be shown but not proven to be one: ${effect}`;
  const remediation = canAskKernel(scan) ? procfsRemedy(invocation) : null;
  return [{ id: 'shown_only', severity: 'info', summary, remediation }];
}

function canAskKernel({ collector, context }: ReportInput['judged']['scan']): boolean {
  return collector !== 'procfs' && platformNamed(context.platform).canAct;
}

function otherProgram({ otherSpecKitty, invocation }: ReportInput): Finding[] {
  if (otherSpecKitty === null) return [];
  const summary = `the \`spec-kitty\` on your PATH is another program (${otherSpecKitty}); run this one with \`${invocation}\``;
  return [{ id: 'other_program', severity: 'info', summary, remediation: null }];
}

function listenerFindings(input: ReportInput): readonly Finding[] {
  return [
    ...couldNotAsk(input),
    ...notLookedAt(input),
    ...failures(input),
    ...orphans(input),
    ...forOperator(input),
    ...unknownCommandLines(input),
    ...liveElsewhere(input),
    ...fullRange(input),
  ];
}

/**
 * Reports listeners that were not probed because this command lacked a resource. Healthy daemons then look
 * unresponsive.
 */
function couldNotAsk({ judged: { candidates } }: ReportInput): Finding[] {
  const [first, ...more] = candidates.flatMap(({ evidence: { health } }) =>
    health.kind === 'not_asked' && health.shortOf !== undefined ? [health.shortOf] : [],
  );
  if (first === undefined) return [];
  const summary = `${count(more.length + 1, 'listener')} could not be asked: ${first}, a limit of this command itself`;
  const remediation = { command: null, effect: 'raise the limit of open files (ulimit -n), and look again' };
  return [{ id: 'could_not_ask', severity: 'attention', summary, remediation }];
}

/** Reports listeners of other users beyond the limit of a scan, which were counted but not examined. */
function notLookedAt({ judged: { scan } }: ReportInput): Finding[] {
  const further = scan.furtherListeners ?? 0;
  if (further === 0) return [];
  const summary = `${count(further, 'more listener')} of other users on the sync ports: counted, and not looked at`;
  const remediation = { command: WHO_LISTENS, effect: 'shows which processes listen there' };
  return [{ id: 'further_listeners', severity: 'attention', summary, remediation }];
}

function failures({ reset }: ReportInput): Finding[] {
  const failed = reset?.result.filter(({ outcome }) => outcome.bucket === 'failed').length ?? 0;
  if (failed === 0) return [];
  const summary = `${count(failed, 'daemon')} could not be retired; each entry says why`;
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
      summary: `${count(countProcesses(found), 'orphaned sync daemon')} of this root: no longer in use, holding ${formatBytes(sum)} of memory`,
      // An orphan that is left after a reset needs another step than a reset.
      remediation: input.reset ? remedyFor(first, input) : orphansRemedy(input.invocation, RETIRES_THEM),
    },
  ];
}

const RETIRES_THEM = 'retires them, and reports on each';

/**
 * Makes one finding for each reason and remedy. Daemons that differ only in their process get one command with the
 * target of each. Another user's daemon needs attention only after a reset.
 */
function forOperator(input: ReportInput): Finding[] {
  const found = remaining(input).filter(
    (candidate) => candidate.verdict.cleanupClass === 'operator_required' && !isLiveElsewhere(candidate),
  );
  const isTarget = (candidate: JudgedCandidate): boolean => {
    const command = remedyFor(candidate, input)?.command;
    return command != null && command === targetsRemedy([candidate], input.invocation)?.command;
  };
  const groups = groupedBy(found, (candidate) => {
    const remedy = remedyFor(candidate, input);
    return [reasonOf(candidate), remedy?.effect, isTarget(candidate) ? null : remedy?.command];
  });
  return groups.map(([first, ...others]) => {
    const those = [first, ...others];
    const reason = reasonOf(first);
    const isOthers = reason === 'other_user';
    const where = `on ${portsOf(those)}`;
    const daemons = count(countProcesses(those), 'daemon');
    return {
      id: `operator_required.${reason}`,
      severity: isOthers && !input.reset ? 'info' : 'attention',
      summary: isOthers
        ? `${daemons} of another user ${where}`
        : `${daemons} ${where} for you to decide: ${reasonWords(reason)}`,
      remediation: isTarget(first) ? targetsRemedy(those, input.invocation) : remedyFor(first, input),
    } as const;
  });
}

type Group = readonly [JudgedCandidate, ...JudgedCandidate[]];

/** Groups candidates with equal keys, in the order of their first ones. */
function groupedBy(
  candidates: readonly JudgedCandidate[],
  keyOf: (candidate: JudgedCandidate) => readonly unknown[],
): readonly Group[] {
  const groups = new Map<string, Group>();
  for (const candidate of candidates) {
    const key = JSON.stringify(keyOf(candidate));
    const before = groups.get(key);
    groups.set(key, before ? [...before, candidate] : [candidate]);
  }
  return [...groups.values()];
}

function portsOf(candidates: readonly JudgedCandidate[]): string {
  const ports = new Set(candidates.map(({ identity }) => identity.port));
  return `${ports.size === 1 ? 'port' : 'ports'} ${portsText([...ports])}`;
}

/** Reports daemons that no command ends, because no release has their command line. The user has to look at them. */
function unknownCommandLines(input: ReportInput): Finding[] {
  return remaining(input)
    .filter(({ verdict }) => verdict.reason === 'unknown_command_line')
    .map((candidate) => {
      const { identity, proofs } = candidate;
      const detail =
        proofs.find(({ fact }) => fact === 'spawn_shape')?.detail ?? reasonWords('unknown_command_line');
      return {
        id: 'unknown_command_line',
        severity: 'attention',
        summary: `port ${identity.port}: ${detail}; no spec-kitty command retires it`,
        remediation: remedyFor(candidate, input),
      };
    });
}

function reasonOf({ verdict }: JudgedCandidate): string {
  return verdict.reason ?? 'unclassified';
}

function liveElsewhere(input: ReportInput): Finding[] {
  const groups = groupedBy(remaining(input).filter(isLiveElsewhere), (candidate) => [
    remedyFor(candidate, input),
  ]);
  return groups.map((those) => ({
    id: 'live_in_other_root',
    severity: 'info',
    summary: `${portsOf(those)}: live daemon${those.length === 1 ? '' : 's'} of another root, left alone`,
    remediation: remedyFor(those[0], input),
  }));
}

const { first, end } = PORT_RANGES.sync;
const WHO_LISTENS = `ss -ltnp 'sport >= :${first} and sport < :${end}'`;

function fullRange(input: ReportInput): Finding[] {
  const inOurWay = remaining(input).filter(({ evidence }) => blocksOurPort(evidence.socket.address));
  const taken = new Set(inOurWay.map(({ identity }) => identity.port));
  if (taken.size < end - first) return [];
  const summary = `all ${end - first} sync ports are taken: no new daemon can start`;
  const remediation = { command: WHO_LISTENS, effect: 'shows which processes listen there' };
  return [{ id: 'range_full', severity: 'attention', summary, remediation }];
}

function residentBytes({ evidence: { holder } }: JudgedCandidate): number {
  return holder.kind === 'known' && holder.process.residentBytes.ok ? holder.process.residentBytes.value : 0;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
