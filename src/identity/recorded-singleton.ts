import type { FactEvidence, RecordedIn } from '../model/candidate.js';
import type { Result } from '../model/result.js';
import {
  isFromEarlierBoot,
  isRecordedElsewhere,
  recordNamed,
  isSameDirectory,
  trustIssueOf,
} from '../model/root-checks.js';
import type { RecordedSingleton } from '../model/root.js';
import { type ListenerEvidence, processOf, type RootEvidence, type Scan } from '../model/scan.js';
import { parseSpawnShape, type SpawnShape } from '../model/spawn-command.js';

export type Recorded = FactEvidence<'recorded_singleton'>;

/**
 * Whether a root's state file names this listener (design: `recorded_singleton`). `no` only on proof: no state file,
 * or one that names another port and another PID. Everything in between is unknown.
 */
export function isRecordedIn(
  root: RootEvidence,
  evidence: ListenerEvidence,
  shape: SpawnShape | null,
  facts: Scan,
): Recorded {
  const { stateFile } = root;
  const distrust = trustIssueOf(facts.family, root, facts.context.uid);
  if (distrust) return { value: 'unknown', detail: `its root is not to be trusted: it ${distrust.detail}` };
  switch (stateFile.kind) {
    case 'absent':
      return { value: 'no', detail: 'its root has no state file' };
    case 'unreadable':
      return { value: 'unknown', detail: `the state file cannot be read: ${stateFile.why}` };
    case 'malformed':
      return { value: 'unknown', detail: `the state file is malformed: ${stateFile.why}` };
    case 'read':
      return compare(stateFile, root, evidence, shape, facts);
  }
}

/** The same question for every other root that the candidate may belong to; ours is asked by the policy itself. */
export function recordedInOtherRoot(
  evidence: ListenerEvidence,
  shape: SpawnShape | null,
  facts: Scan,
): RecordedIn {
  if (!shape) return { kind: 'nowhere' };
  if (!evidence.roots.ok) return { kind: 'unknown', root: null, detail: evidence.roots.why };
  let answer: RecordedIn = { kind: 'nowhere' };
  for (const root of evidence.roots.value) {
    if (isSameDirectory(root.directory, facts.root.directory)) continue;
    const { value, detail } = isRecordedIn(root, evidence, shape, facts);
    if (value === 'yes') return { kind: 'other_root', root };
    if (value === 'unknown') answer = { kind: 'unknown', root, detail: `${root.path}: ${detail}` };
  }
  return answer;
}

function compare(
  stateFile: RecordedSingleton,
  root: RootEvidence,
  evidence: ListenerEvidence,
  shape: SpawnShape | null,
  facts: Scan,
): Recorded {
  const record = recordNamed(root);
  if (isRecordedElsewhere(root, facts.context.machine)) {
    return {
      value: 'unknown',
      detail: 'the state file was written on another machine or network namespace',
    };
  }
  const { port } = evidence.socket;
  const samePort = stateFile.port === port;
  if (samePort && shape && stateFile.key !== null && stateFile.key === keyOf(shape)) {
    return { value: 'yes', detail: 'the state file names this port, and argv carries its third line' };
  }
  if (!samePort && record && isFromEarlierBoot(record, facts.context.machine)) {
    return {
      value: 'no',
      detail: 'the state file names a daemon that ran before this machine was last started',
    };
  }
  const pid = stateFile.pid ?? record?.pid ?? pidWithKey(stateFile, facts);
  const kinship = kinshipOf(pid, root, evidence);
  if (samePort && kinship === 'related') {
    return { value: 'yes', detail: `the state file names this port and PID ${String(pid)}` };
  }
  if (samePort) return { value: 'unknown', detail: 'the state file names this port, but not this process' };
  if (kinship === 'unrelated') {
    return { value: 'no', detail: `the state file names port ${stateFile.port} and PID ${String(pid)}` };
  }
  return {
    value: 'unknown',
    detail:
      kinship === 'related'
        ? `the state file names this process, but port ${stateFile.port}`
        : `the state file names port ${stateFile.port}, but no process that could be told from this one`,
  };
}

/** A file without a PID line still names one process where the listener on its port has its third line in argv. */
function pidWithKey(stateFile: RecordedSingleton, facts: Scan): number | null {
  if (stateFile.key === null || !facts.listeners.ok) return null;
  for (const { socket, holder } of facts.listeners.value) {
    if (socket.port !== stateFile.port || holder.kind !== 'known' || !holder.process.argv.ok) continue;
    const shape = parseSpawnShape(facts.family, holder.process.argv.value);
    if (shape && keyOf(shape) === stateFile.key) return holder.process.pid;
  }
  return null;
}

/** The recorded PID may be the listener, a launcher above it, or a child that it left the socket to. */
function kinshipOf(
  pid: number | null,
  { recordedProcess }: RootEvidence,
  { holder }: ListenerEvidence,
): 'related' | 'unrelated' | 'unknown' {
  const process = processOf(holder);
  if (pid === null || process === null) return 'unknown';
  // What it and its like write down are numbers of their own PID namespace.
  if (holder.kind === 'known' && !isTrue(holder.process.sharesOurPids)) return 'unknown';
  if (pid === process.pid || pid === process.parentPid) return 'related';
  if (recordedProcess.kind === 'unreadable') return 'unknown';
  return recordedProcess.kind === 'alive' && recordedProcess.parentPid === process.pid
    ? 'related'
    : 'unrelated';
}

function isTrue(reading: Result<boolean>): boolean {
  return reading.ok && reading.value;
}

function keyOf(shape: SpawnShape): string | null {
  return shape.generation === 'own' ? shape.id : shape.token;
}
