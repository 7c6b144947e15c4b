import type { JudgedCandidate } from '../model/candidate.js';
import { blocksOurPort, PORT_RANGES } from '../model/family.js';
import { attestedBy, attestsAll } from '../model/capabilities.js';
import { platformNamed } from '../model/platform.js';
import type { CollectorName } from '../model/scan.js';
import { formatBytes, inertName } from '../text/terminal.js';
import { groupedBy, portsWords } from './groups.js';
import { counted } from '../text/layout.js';
import { kindOfMeaning } from './meaning.js';
import {
  exactCollectorRemedy,
  isProvenOrphan,
  lookAndEndByHand,
  orphansRemedy,
  remedyFor,
  showProcesses,
  targetsRemedy,
} from './remedy.js';
import { rootFindings } from './root-findings.js';
import { countProcesses, isLiveElsewhere, remaining, type ReportInput } from './report-input.js';
import type { Finding, Remediation } from './report.js';
import { reasonWords } from './words.js';

/** Lists what the operator should know, most pressing first. Only findings that need attention make the exit code 1. */
export function findingsOf(input: ReportInput): readonly Finding[] {
  return [
    ...savedScanNote(input),
    ...interruptedReset(input),
    ...couldNotLook(input),
    ...failedSelfTest(input),
    ...portableCollector(input),
    ...notActing(input),
    ...listenerFindings(input),
    ...rootFindings(input),
    ...otherProgram(input),
  ];
}

/** Says that a saved scan was judged, which may be old or of another machine. */
function savedScanNote({ savedScan }: ReportInput): Finding[] {
  if (savedScan === null) return [];
  const summary = `judged from the saved facts in ${inertName(savedScan)}; the commands that are printed act on this machine, as it is now`;
  return [{ id: 'saved_facts', severity: 'info', summary, remediation: null }];
}

/** Says that the user interrupted the reset, and what it had done until then. */
function interruptedReset({ reset, invocation }: ReportInput): Finding[] {
  if (!reset?.isInterrupted) return [];
  const swept = reset.result.filter(({ outcome }) => outcome.bucket === 'swept').length;
  const left = reset.result.filter(
    ({ outcome }) => 'reason' in outcome && outcome.reason === 'interrupted',
  ).length;
  const summary = `interrupted by Ctrl-C: ${counted(swept, 'daemon')} retired, ${left} left; each entry says what was sent to it`;
  const remediation = { command: `${invocation} auth doctor`, effect: 'shows what is there now' };
  return [{ id: 'interrupted', severity: 'attention', summary, remediation }];
}

function couldNotLook({ judged: { scan }, invocation }: ReportInput): Finding[] {
  if (scan.listeners.ok) return [];
  const summary = `could not look for listeners: ${scan.listeners.why}`;
  const remediation = exactRemedy(scan, invocation) ?? {
    command: null,
    effect: FAILED_SCAN[scan.collector],
  };
  return [{ id: 'could_not_look', severity: 'attention', summary, remediation }];
}

const FAILED_SCAN: Readonly<Record<CollectorName, string>> = {
  procfs: 'run it where /proc is mounted and shows the sockets of this machine',
  libproc: 'look again; `--collector systeminformation` shows less, by other means',
  systeminformation: 'install the missing tool (`ss` or `netstat`), or run it where it works',
};

/** Says that the kernel did not answer as the exact collector understands it, so that the portable one scanned. */
function failedSelfTest({ judged: { scan } }: ReportInput): Finding[] {
  if (!scan.insteadOf) return [];
  const { name, why } = scan.insteadOf;
  const summary = `${name}, which proves what each process is, did not pass its self-test: ${why}`;
  const effect = why.startsWith('koffi ')
    ? 'install the optional package koffi: install spec-kitty again without `--omit=optional`'
    : 'run it outside a sandbox; if it is not in one, report this as a bug, with the version of macOS';
  return [{ id: 'self_test_failed', severity: 'attention', summary, remediation: { command: null, effect } }];
}

/** Says that acting is an experiment here, and how to switch it on. */
function notActing({ judged: { scan }, reset, savedScan, invocation }: ReportInput): Finding[] {
  if (scan.context.notActing === undefined || scan.insteadOf) return [];
  const effect = reset ? 'the reset did nothing' : 'a reset does nothing';
  const summary = `${scan.context.notActing}: ${effect}`;
  const remediation = {
    command: `${invocation} auth doctor --reset`,
    effect: 'switches it on for one reset; `macos = true` under `[experimental]` in config.toml does for all',
  };
  // The commands that are printed with a saved scan act on this machine, which may be another one.
  return [
    {
      id: 'not_switched_on',
      severity: 'info',
      summary,
      remediation: savedScan === null ? remediation : null,
    },
  ];
}

/** Says that a collector scanned that proves nothing, so that a reset retires nothing. */
function portableCollector({ judged: { scan }, reset, invocation }: ReportInput): Finding[] {
  if (attestsAll(attestedBy(scan.collector)) || !scan.listeners.ok) return [];
  const remediation = exactRemedy(scan, invocation);
  const where = remediation ? `seen through ${scan.collector}` : `on ${scan.context.platform}`;
  const effect = reset ? 'the reset did nothing' : 'a reset would do nothing';
  const summary = `${where}, a daemon can be shown but not proven to be one: ${effect}`;
  return [{ id: 'shown_only', severity: 'info', summary, remediation }];
}

/** Returns the step to scan with the exact collector of the platform; null if it has none, or if that one scanned. */
function exactRemedy(
  { collector, context, insteadOf }: ReportInput['judged']['scan'],
  invocation: string,
): Remediation | null {
  if (insteadOf) return null;
  const platform = platformNamed(context.platform);
  const isExact = attestsAll(attestedBy(collector));
  return !isExact && attestsAll(platform.capabilities) ? exactCollectorRemedy(platform, invocation) : null;
}

function otherProgram({ otherSpecKitty, invocation }: ReportInput): Finding[] {
  if (otherSpecKitty === null) return [];
  const summary = `the \`spec-kitty\` on your PATH is another program (${inertName(otherSpecKitty)}); run this one with \`${invocation}\``;
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
  const summary = `${counted(more.length + 1, 'listener')} could not be asked: ${first}, a limit of this command itself`;
  const remediation = { command: null, effect: 'raise the limit of open files (ulimit -n), and look again' };
  return [{ id: 'could_not_ask', severity: 'attention', summary, remediation }];
}

/** Reports listeners of other users beyond the limit of a scan, which were counted but not examined. */
function notLookedAt(input: ReportInput): Finding[] {
  const { scan } = input.judged;
  const further = scan.furtherListeners ?? 0;
  if (further === 0) return [];
  const summary = `${counted(further, 'more listener')} of other users on the sync ports: counted, and not looked at`;
  const remediation = whoListens(input);
  return [{ id: 'further_listeners', severity: 'attention', summary, remediation }];
}

function failures({ reset }: ReportInput): Finding[] {
  const failed = reset?.result.filter(({ outcome }) => outcome.bucket === 'failed').length ?? 0;
  if (failed === 0) return [];
  const summary = `${counted(failed, 'daemon')} could not be retired; each entry says why`;
  return [{ id: 'reset_failed', severity: 'attention', summary, remediation: null }];
}

function orphans(input: ReportInput): Finding[] {
  const found = remaining(input).filter(isProvenOrphan);
  const [first] = found;
  if (!first) return [];
  const bytes = [...new Map(found.map((one) => [one.identity.pid, residentBytes(one)])).values()];
  const sum = bytes.reduce((total, each) => total + each, 0);
  const number = countProcesses(found);
  const retiresThem = orphansRemedy(
    input.invocation,
    `retires only ${number === 1 ? 'this one' : `these ${number}`}: safe to retire (safe_auto)`,
  );
  // An orphan that is left after a reset may need another step than a reset.
  const left = input.reset ? remedyFor(first, input) : retiresThem;
  return [
    {
      id: 'orphaned_daemons',
      severity: 'attention',
      summary: `${counted(number, 'orphaned sync daemon')} of this root: no longer in use, holding ${formatBytes(sum)} of memory`,
      remediation: left?.command === retiresThem.command ? retiresThem : left,
    },
  ];
}

/**
 * Makes one finding for each reason and remedy. Daemons that differ only in their process or port get one command with
 * the target of each. Another user's daemon needs attention only after a reset.
 */
function forOperator(input: ReportInput): Finding[] {
  const found = remaining(input).filter(
    (candidate) => candidate.verdict.cleanupClass === 'operator_required' && !isLiveElsewhere(candidate),
  );
  // One command for the whole group, if each of its daemons has the same step.
  const jointOf = (candidate: JudgedCandidate): JointRemedy | undefined => {
    const command = remedyFor(candidate, input)?.command;
    return command == null
      ? undefined
      : JOINT_REMEDIES.find((joint) => command === joint([candidate], input)?.command);
  };
  const groups = groupedBy(found, (candidate) => {
    const remedy = remedyFor(candidate, input);
    const joint = jointOf(candidate);
    return [
      reasonOf(candidate),
      joint === targetsRemedy ? kindOfMeaning(candidate) : remedy?.effect,
      joint ? null : remedy?.command,
    ];
  });
  return groups.map(([first, ...others]) => {
    const those = [first, ...others];
    const reason = reasonOf(first);
    const isOthers = reason === 'other_user';
    const where = `on ${portsOf(those)}`;
    const daemons = counted(countProcesses(those), 'daemon');
    return {
      id: `operator_required.${reason}`,
      severity: isOthers && !input.reset ? 'info' : 'attention',
      summary: isOthers
        ? `${daemons} of another user ${where}`
        : `${daemons} ${where} for you to decide: ${reasonWords(reason)}`,
      remediation: jointOf(first)?.(those, input) ?? remedyFor(first, input),
    } as const;
  });
}

type JointRemedy = (those: readonly JudgedCandidate[], input: ReportInput) => Remediation | null;

const JOINT_REMEDIES: readonly JointRemedy[] = [targetsRemedy, showProcesses];

function portsOf(candidates: readonly JudgedCandidate[]): string {
  return portsWords(candidates.map(({ identity }) => identity.port));
}

/** Reports daemons that no command ends, because no release has their command line. The user has to look at them. */
function unknownCommandLines(input: ReportInput): Finding[] {
  const found = remaining(input).filter(({ verdict }) => verdict.reason === 'unknown_command_line');
  const detailOf = ({ proofs }: JudgedCandidate): string =>
    proofs.find(({ fact }) => fact === 'spawn_shape')?.detail ?? reasonWords('unknown_command_line');
  const groups = groupedBy(found, (one) => [detailOf(one), one.identity.pid === null]);
  return groups.map((those) => {
    const each = those.length === 1 ? '' : ', each';
    return {
      id: 'unknown_command_line',
      severity: 'attention',
      summary: `${portsOf(those)}${each}: ${detailOf(those[0])}; no spec-kitty command retires it`,
      remediation: lookAndEndByHand(those),
    };
  });
}

function reasonOf({ verdict }: JudgedCandidate): string {
  return verdict.reason ?? 'unclassified';
}

/** Reports daemons in use in another root, without a step: nothing needs doing. `--explain` has the command that ends one. */
function liveElsewhere(input: ReportInput): Finding[] {
  const found = remaining(input).flatMap((candidate) => {
    const { recordedIn } = candidate;
    if (recordedIn.kind !== 'other_root' || !isLiveElsewhere(candidate)) return [];
    const { path, inOurTree } = recordedIn.root;
    return [{ candidate, where: `${inertName(path)}${inOurTree ? '' : ' of its container'}` }];
  });
  return groupedBy(found, ({ where }) => [where]).map((those) => {
    const ports = portsOf(those.map(({ candidate }) => candidate));
    const [they, are] = those.length === 1 ? ['serves', 'it is'] : ['serve', 'they are'];
    const summary = `${ports} ${they} ${those[0].where}, where ${are} in use: nothing to do`;
    return { id: 'live_in_other_root', severity: 'info', summary, remediation: null };
  });
}

const { first, end } = PORT_RANGES.sync;

/** Returns the step to see which processes listen on the sync ports. */
function whoListens({ judged: { scan } }: ReportInput): Remediation {
  const command = platformNamed(scan.context.platform).whoListensBetween(first, end);
  return { command, effect: 'shows which processes listen there' };
}

function fullRange(input: ReportInput): Finding[] {
  const inOurWay = remaining(input).filter(({ evidence }) => blocksOurPort(evidence.socket.address));
  const taken = new Set(inOurWay.map(({ identity }) => identity.port));
  if (taken.size < end - first) return [];
  const summary = `all ${end - first} sync ports are taken: no new daemon can start`;
  const remediation = whoListens(input);
  return [{ id: 'range_full', severity: 'attention', summary, remediation }];
}

function residentBytes({ evidence: { holder } }: JudgedCandidate): number {
  return holder.kind === 'known' && holder.process.residentBytes.ok ? holder.process.residentBytes.value : 0;
}
