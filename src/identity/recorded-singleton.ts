import type { FactEvidence, RecordedIn } from '../model/candidate.js';
import {
  isFromEarlierBoot,
  isRecordedElsewhere,
  isSameDirectory,
  recordNamed,
  trustIssueOf,
} from '../model/root-checks.js';
import type { IdentityRecordFile, RecordedSingleton } from '../model/root.js';
import { type ListenerEvidence, processOf, type RootEvidence, type Scan } from '../model/scan.js';
import { keyOf, parseSpawnShape, type SpawnShape } from '../model/spawn-command.js';
import { inertName } from '../text/terminal.js';

type Recorded = FactEvidence<'recorded_singleton'>;

/**
 * Determines whether the state file of a root names this listener, that is, whether the listener is the live daemon of
 * that root. `yes` and `no` need proof, because `no` makes a daemon an orphan. Every other case is `unknown`, which
 * protects a healthy daemon.
 */
export function isRecordedIn(
  root: RootEvidence,
  evidence: ListenerEvidence,
  shape: SpawnShape | null,
  scan: Scan,
): Recorded {
  const { stateFile } = root;
  const issue = trustIssueOf(scan.family, root, scan.context.uid);
  if (issue)
    return {
      value: 'unknown',
      detail: `other users could have written the state file: ${inertName(issue.path)} ${issue.detail}`,
    };
  switch (stateFile.kind) {
    case 'absent':
      return { value: 'no', detail: 'this root has no state file' };
    case 'unreadable':
      return { value: 'unknown', detail: `the state file cannot be read: ${stateFile.why}` };
    case 'malformed':
      return { value: 'unknown', detail: `the state file is malformed: ${stateFile.why}` };
    case 'read':
      return compareWithStateFile(stateFile, root, evidence, shape, scan);
  }
}

function compareWithStateFile(
  stateFile: RecordedSingleton,
  root: RootEvidence,
  evidence: ListenerEvidence,
  shape: SpawnShape | null,
  scan: Scan,
): Recorded {
  const { machine } = scan.context;
  const { port } = evidence.socket;
  const isSamePort = stateFile.port === port;
  // Each daemon has its own key, so equal port and key prove `yes` even if no PID line agrees (pitfall 5), and even if
  // the ids of this machine are unknown, as in some containers.
  if (isSamePort && shape && stateFile.key !== null && stateFile.key === keyOf(shape)) {
    return { value: 'yes', detail: 'the state file names this port, and argv carries its third line' };
  }
  if (isRecordedElsewhere(root, machine)) {
    const detail = 'the state file was written on another machine or in another network namespace';
    return { value: 'unknown', detail };
  }
  if (root.isRecordedDaemonGone)
    return { value: 'no', detail: 'the state file names a daemon that has ended: nothing has its lock' };
  const record = recordNamed(root);
  if (!isSamePort && isFromEarlierBoot(root, scan.context)) {
    const detail = 'the state file names a daemon that ran before the last boot of this machine';
    return { value: 'no', detail };
  }

  const recordedPid = record && isLaterProcess(record, evidence, shape) ? null : record?.pid;
  const pid = stateFile.pid ?? recordedPid ?? pidOfKey(stateFile, scan);
  const relation = relationTo(pid, root, evidence);
  if (isSamePort) {
    return relation === 'related'
      ? { value: 'yes', detail: `the state file names this port and PID ${String(pid)}` }
      : { value: 'unknown', detail: 'the state file names this port, but not this process' };
  }
  switch (relation) {
    case 'unrelated':
      return { value: 'no', detail: `the state file names port ${stateFile.port} and PID ${String(pid)}` };
    case 'related':
      return { value: 'unknown', detail: `the state file names this process, but port ${stateFile.port}` };
    case 'unknown':
      return {
        value: 'unknown',
        detail: `the state file names port ${stateFile.port}, but the process that it names may be this one`,
      };
  }
}

/**
 * Whether a listener has the PID of a record, and was started at another time than the recorded daemon or with the
 * arguments of another: two processes can have one PID within one tick of the clock of start times.
 */
function isLaterProcess(
  { id, pid, incarnation }: IdentityRecordFile,
  { holder }: ListenerEvidence,
  shape: SpawnShape | null,
): boolean {
  if (holder.kind !== 'known' || holder.process.pid !== pid) return false;
  return holder.process.incarnation !== incarnation || (shape !== null && keyOf(shape) !== id);
}

/** Returns the PID of the listener with the port and key in the state file, or null. Used if no PID is recorded. */
function pidOfKey(stateFile: RecordedSingleton, scan: Scan): number | null {
  if (stateFile.key === null || !scan.listeners.ok) return null;
  for (const { socket, holder } of scan.listeners.value) {
    if (socket.port !== stateFile.port || holder.kind !== 'known' || !holder.process.argv.ok) continue;
    const shape = parseSpawnShape(scan.family, holder.process.argv.value);
    if (shape && keyOf(shape) === stateFile.key) return holder.process.pid;
  }
  return null;
}

/**
 * Determines whether the recorded PID belongs to the daemon of this listener: the PID may be that of the listener, of
 * its parent (a launcher) or of its child (pitfall 5).
 */
function relationTo(
  pid: number | null,
  { recordedProcess }: RootEvidence,
  { holder }: ListenerEvidence,
): 'related' | 'unrelated' | 'unknown' {
  const process = processOf(holder);
  if (pid === null || process === null) return 'unknown';
  // If the listener runs in another PID namespace, its PID and the recorded PID cannot be compared.
  if (holder.kind === 'known') {
    const { sharesOurPids } = holder.process;
    if (!sharesOurPids.ok || !sharesOurPids.value) return 'unknown';
  }
  if (pid === process.pid || pid === process.parentPid) return 'related';
  if (recordedProcess.kind === 'unreadable') return 'unknown';
  return recordedProcess.kind === 'alive' && recordedProcess.parentPid === process.pid
    ? 'related'
    : 'unrelated';
}

/**
 * Determines whether another root that the candidate may belong to records the candidate as its live daemon
 * (pitfall 11). Our own root is skipped here, because the policy has the fact `recorded_singleton` for it.
 */
export function recordedInOtherRoot(
  evidence: ListenerEvidence,
  shape: SpawnShape | null,
  scan: Scan,
): RecordedIn {
  if (!shape) return { kind: 'nowhere' };
  if (!evidence.roots.ok) return { kind: 'unknown', root: null, detail: evidence.roots.why };
  let answer: RecordedIn = { kind: 'nowhere' };
  for (const root of evidence.roots.value) {
    if (isSameDirectory(root.directory, scan.root.directory)) continue;
    const { value, detail } = isRecordedIn(root, evidence, shape, scan);
    if (value === 'yes') return { kind: 'other_root', root };
    if (value === 'unknown') answer = { kind: 'unknown', root, detail: `${inertName(root.path)}: ${detail}` };
  }
  return answer;
}
