import type { RecentAct } from '../model/journal.js';
import type { CleanupPath } from '../model/outcome.js';
import type { LastDrain } from '../model/upload.js';
import type { CleanupClass } from '../model/verdict.js';
import type { ReportCandidate } from './report.js';
import { inertName } from '../text/terminal.js';

/**
 * Plain words for the codes of verdicts and reset results, for readers without the manual. JSON and `--explain` have
 * the codes, and docs/operator-guide.md has both.
 */
const CLASS_WORDS: Readonly<Record<CleanupClass, string>> = {
  safe_auto: 'safe to retire',
  operator_required: 'you decide',
  never_touch: 'leave alone',
};

/** What became of a state file, in the journal. */
const FORGET_WORDS: Readonly<Record<string, string>> = {
  removed: 'state file removed',
  put_aside: 'state file put aside',
};

const PATH_WORDS: Readonly<Record<CleanupPath, string>> = {
  http_shutdown: 'retired when asked',
  terminate: 'retired by SIGTERM',
  kill: 'retired by SIGKILL',
  already_gone: 'had ended before',
};

const DRAIN_WORDS: Readonly<Record<LastDrain['end'], string>> = {
  drained: 'all that waited was uploaded',
  idle: 'nothing may be uploaded',
  scope_changed: 'ended early, because the account changed',
  stopped: 'ended early with its daemon',
  abandoned: 'cut off with its daemon, and repeated later',
  refused: 'the server refused the account',
  upload_failed: 'the server did not take the events',
  queue_failed: 'the queue could not be used',
};

const REASON_WORDS: Readonly<Record<string, string>> = {
  // Verdicts of the shipped policy.
  proven_orphan: 'orphan, no longer in use',
  recorded_singleton: 'live daemon',
  pre_marker: 'release 3.1.x or older, names no root',
  cross_root: 'daemon of another root',
  root_unreadable: 'its root cannot be read',
  unresponsive: 'does not answer',
  missing_identity: 'does not identify itself',
  pid_port_mismatch: 'misidentifies itself',
  singleton_unknown: 'may be the live daemon',
  other_user: "another user's daemon",
  owner_unknown: 'its user is unknown',
  missing_pid: 'its process is unknown',
  identity_unreadable: 'its command line cannot be read',
  relayed_answer: "passes on another daemon's answer",
  unknown_command_line: 'daemon with a command line of no release',
  third_party: 'another program',
  not_spec_kitty: 'not a Spec Kitty daemon',
  dashboard_family: 'dashboard',
  out_of_range: 'not on a sync port',
  dashboard_range: 'on a dashboard port',
  unclassified: 'no rule covers it',
  invalid_facts: 'bug, please report: invalid_facts',
  evaluators_disagree: 'bug, please report: evaluators_disagree',
  evaluation_failed: 'bug, please report: evaluation_failed',
  engine_version: 'bug, please report: engine_version',

  // Verdicts of the dashboard rules, in addition.
  sync_family: 'sync daemon',
  other_project: 'dashboard of another project',
  project_unreadable: 'its project cannot be read',

  // Reset results, in addition.
  live_in_other_root: 'live daemon of another root',
  not_selected: 'not asked for',
  kept_busy: 'another process is connected to it',
  perhaps_busy: 'may be working',
  suspended: 'suspended, frozen or in a debugger',
  other_family: 'not a daemon of this kind',
  not_proven: 'cannot prove its identity',
  not_recorded: 'not the recorded daemon',
  not_switched_on: 'acting is not switched on here',
  protected_process: 'this command, one that started it, or PID 1',
  changed_since_judged: 'changed since it was checked',
  not_permitted: 'the system refused the signal',
  still_running: 'did not end in time',
  cannot_hold: 'did not end when asked',
  socket_still_held: 'ended, but another process has its socket',
  interrupted: 'you pressed Ctrl-C',
  journal_unwritable: 'the journal cannot be written',
  internal_error: 'bug, please report',

  // Reasons that a daemon of this program writes into the journal when it retires.
  superseded: 'another daemon is recorded',
  record_gone: 'no longer recorded',
  root_gone: 'its root was deleted',
  idle: 'nothing to do',
  asked: 'asked to stop',
  unconfirmed: 'not confirmed by the command that started it',
};

/**
 * Returns the words for a listener's class. A live daemon of another root and another user's daemon are left alone,
 * although their class is operator_required.
 */
export function classWords(candidate: Verdict): string {
  return CLASS_WORDS[isLeftAlone(candidate) ? 'never_touch' : candidate.cleanup_class];
}

/** Whether every reset of this user leaves a listener alone. */
export function isLeftAlone({
  cleanup_class: cleanupClass,
  skip_reason: reason,
  live_in_root: root,
}: Verdict): boolean {
  return cleanupClass === 'never_touch' || root !== null || reason === 'other_user';
}

/** Returns the words for the reason of a listener's class. */
export function verdictReasonWords({ skip_reason: reason, live_in_root: root }: Verdict): string {
  return reasonWords(root === null ? (reason ?? 'proven_orphan') : 'live_in_other_root');
}

/** Returns what a listener is, in words: the program of a third party, and the reason of the class. */
export function listenerWords(candidate: Verdict & Pick<ReportCandidate, 'program'>): string {
  const words = verdictReasonWords(candidate);
  return candidate.program === null
    ? words
    : `${candidate.program.split(' ').map(inertName).join(' ')}, ${words}`;
}

/** Returns the words for the root of a listener: whether it is the root of the report, or its path. */
export function rootWords({
  daemon_root: root,
  evidence,
}: Pick<ReportCandidate, 'daemon_root' | 'evidence'>): string {
  // The fact compares the identity of the directory, because two paths may name the same directory.
  const isOurs = evidence.some(({ fact, value }) => fact === 'root_marker' && value === 'same');
  return isOurs ? 'this one' : (root ?? '-');
}

type Verdict = Pick<ReportCandidate, 'cleanup_class' | 'skip_reason' | 'live_in_root'>;

/** Returns the words for a reason, or the code itself if it has no words: a policy file may add reasons. */
export function reasonWords(code: string): string {
  return wordsIn(REASON_WORDS, code);
}

/** Returns the words for how a process ended. */
export function cleanupPathWords(path: CleanupPath): string {
  return PATH_WORDS[path];
}

/**
 * Returns the words for the result of an action.
 * @param result as in the journal: a cleanup path, or `skipped: REASON`, `failed: REASON` or `retired: REASON`
 */
export function actWords(result: string): string {
  const [, bucket, reason = ''] = /^(skipped|failed|retired): (.*)$/s.exec(result) ?? [];
  if (bucket === undefined) return wordsIn({ ...PATH_WORDS, ...FORGET_WORDS }, result);
  return `${bucket === 'skipped' ? 'left alone' : bucket}: ${reasonWords(reason)}`;
}

/** @param pid 0 in the journal if it is unknown */
function pidWords(pid: number | null): string {
  return `PID ${pid === null || pid === 0 ? 'unknown' : pid}`;
}

/** Returns the words for the processes of one or more entries: the PID of a single one. */
export function processesWords(pids: readonly (number | null)[]): string {
  const [first = null, ...others] = new Set(pids);
  return others.length === 0 ? pidWords(first) : `${others.length + 1} processes`;
}

/** Returns the words for an action on a daemon of this root: its result, and which command asked for it. */
export function recentActWords({
  result,
  asked_by: askedBy,
}: Pick<RecentAct, 'result' | 'asked_by'>): string {
  return `${result === null ? 'begun, and never finished' : actWords(result)} (${askedBy})`;
}

/** Returns the words for how the last upload ended, and how many of its events arrived. */
export function lastDrainWords({ end, requests, sent, acknowledged }: LastDrain): string {
  const events = requests === 0 ? '' : `: ${acknowledged} of ${sent} events acknowledged`;
  return `${DRAIN_WORDS[end]}${events}`;
}

function wordsIn(table: Readonly<Record<string, string>>, code: string): string {
  return Object.hasOwn(table, code) ? (table[code] ?? code) : code;
}
