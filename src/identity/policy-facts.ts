import type { FactEvidence, Proof } from '../model/candidate.js';
import { type Family, isInRange, rangeText } from '../model/family.js';
import { type Fact, FACT_NAMES, type FactValue, type PolicyFacts } from '../model/policy-facts.js';
import { isSameDirectory } from '../model/root-checks.js';
import { DAEMON_FILES } from '../model/root.js';
import type { ListenerEvidence, RootEvidence, Scan, SocketOwner } from '../model/scan.js';
import type { SpawnShape } from '../model/spawn-command.js';
import { responderOf, type SelfReport } from './contracts.js';
import { ownerRecordOf } from './owner-record.js';
import { isRecordedIn } from './recorded-singleton.js';

type Proven<F extends Fact> = Omit<Proof<F>, 'fact'>;
type ProofOfEach = { readonly [F in Fact]: Proven<F> };

/** Gives every fact of the vocabulary one value, and says what it rests on. Total: no fact is ever absent. */
export function proveFacts(
  evidence: ListenerEvidence,
  shape: SpawnShape | null,
  selfReport: SelfReport,
  packageVersion: string | null,
  facts: Scan,
): { readonly vector: PolicyFacts; readonly proofs: readonly Proof[] } {
  const { socket, holder, health } = evidence;
  const sources = sourcesOf(evidence);
  const stateFile = `${facts.root.path}/${DAEMON_FILES[facts.family].stateFile}`;
  const root = rootMarkerOf(shape, evidence, facts);
  const proven: ProofOfEach = {
    port_range: { ...portRangeOf(socket.port), ...sources.socket },
    responder: {
      ...responderOf(health),
      source: `GET ${urlOf(evidence)}`,
      exact: true,
    },
    listener_pid: { ...listenerPidOf(holder), ...sources.holder },
    owner_user: { ...ownerUserOf(evidence, facts.context.uid), ...sources.socket },
    spawn_shape: { ...spawnShapeOf(facts.family, holder, shape), ...sources.cmdline },
    root_marker: { value: root.value, detail: root.because, ...sources.cmdline },
    self_report: {
      value: selfReport.value,
      detail: selfReport.because,
      source: selfReport.source,
      exact: true,
    },
    recorded_singleton: {
      ...isRecordedIn(facts.root, evidence, shape, facts),
      source: stateFile,
      // What a state file says is compared with the process that the collector named.
      exact: facts.root.stateFile.kind !== 'read' || sources.holder.exact,
    },
    package_version: { ...compareVersions(packageVersion, facts.context.packageVersion), ...HEALTH },
    executable: { ...executableOf(holder, facts.context.executable), ...sources.executable },
    owner_record: {
      ...ownerRecordOf(evidence),
      source: 'GET /api/health, owner.json',
      exact: true,
    },
    work: { ...workOf(evidence), ...HEALTH },
    root_exists: { value: root.exists, detail: root.because, ...sources.cmdline },
  };
  return {
    vector: Object.fromEntries(
      FACT_NAMES.map((fact) => [fact, proven[fact].value]),
    ) as unknown as PolicyFacts,
    proofs: FACT_NAMES.map((fact) => ({ fact, ...proven[fact] })),
  };
}

/** Where it was asked, which for a wildcard socket is another address than its own. */
function urlOf({ socket, reachedAt }: ListenerEvidence): string {
  const address = reachedAt ?? socket.address;
  return `http://${address.includes(':') ? `[${address}]` : address}:${socket.port}/api/health`;
}

function portRangeOf(port: number): FactEvidence<'port_range'> {
  const family = (['sync', 'dashboard'] as const).find((name) => isInRange(port, name));
  if (family) return { value: family, detail: `port ${port} is in ${rangeText(family)}` };
  return { value: 'outside', detail: `port ${port} is in no reserved range` };
}

function listenerPidOf(holder: SocketOwner): FactEvidence<'listener_pid'> {
  switch (holder.kind) {
    case 'known':
      return {
        value: 'known',
        detail: `PID ${holder.process.pid} holds the socket, and nobody else that we may look into does`,
      };
    case 'described':
      return {
        value: 'known',
        detail: `PID ${holder.process.pid} is shown beside the socket, perhaps not alone`,
      };
    case 'ambiguous':
    case 'unknown':
      return { value: holder.kind, detail: holder.why };
  }
}

/** Who opened the socket and who runs the process must be the same user: ours. */
function ownerUserOf({ socket, holder }: ListenerEvidence, uid: number): FactEvidence<'owner_user'> {
  if (socket.uid === null)
    return { value: 'unknown', detail: 'its collector cannot tell who opened the socket' };
  if (socket.uid !== uid)
    return { value: 'other', detail: `user ${socket.uid} opened the socket, we are ${uid}` };
  if (holder.kind === 'known' && holder.process.uid !== uid) {
    return { value: 'other', detail: `user ${holder.process.uid} runs the process, we are ${uid}` };
  }
  return { value: 'same', detail: `user ${uid} opened the socket, and so are we` };
}

function spawnShapeOf(
  family: Family,
  holder: SocketOwner,
  shape: SpawnShape | null,
): FactEvidence<'spawn_shape'> {
  if (holder.kind === 'ambiguous' || holder.kind === 'unknown')
    return { value: 'unreadable', detail: holder.why };
  const { argv } = holder.process;
  if (!argv.ok) return { value: 'unreadable', detail: argv.why };
  if (!argv.value.exact)
    return { value: 'unreadable', detail: 'the boundaries of its arguments are not known' };
  if (!shape) return { value: 'other', detail: `its command line is not one that starts a ${NOUNS[family]}` };
  return {
    value: 'production',
    detail: `its command line is exactly that of a ${GENERATIONS[shape.generation]}`,
  };
}

const NOUNS: Readonly<Record<Family, string>> = { sync: 'sync daemon', dashboard: 'dashboard' };
const GENERATIONS: Readonly<Record<SpawnShape['generation'], string>> = {
  'pre-marker': 'pre-marker Python daemon (3.1.x)',
  marked: 'Python daemon (3.2.0 or later)',
  dashboard: 'Python dashboard',
  own: 'daemon of this program',
};

function executableOf(holder: SocketOwner, ours: string): FactEvidence<'executable'> {
  if (holder.kind !== 'known' || !holder.process.executable.ok)
    return { value: 'unknown', detail: 'not readable' };
  const path = holder.process.executable.value;
  if (path.endsWith(' (deleted)'))
    return { value: 'deleted', detail: 'the file it runs from has been deleted' };
  return path === ours
    ? { value: 'current', detail: 'it runs the executable that runs this command' }
    : { value: 'other', detail: 'it runs another executable than this command' };
}

/** What a daemon says of its work. Python daemons say "running" while idle, so this can never shield an orphan. */
function workOf({ health }: ListenerEvidence): FactEvidence<'work'> {
  const running = health.kind === 'answered' ? health.body.sync?.running : null;
  if (running == null) return { value: 'unknown', detail: 'it does not say' };
  return running
    ? { value: 'started', detail: 'it says that its sync service was started' }
    : { value: 'stopped', detail: 'it says that its sync service was not started' };
}

interface RootMarker {
  readonly value: FactValue<'root_marker'>;
  readonly exists: FactValue<'root_exists'>;
  readonly because: string;
}

/** Compares the root that argv declares with ours. `same` only when both were identified as the one directory. */
function rootMarkerOf(
  shape: SpawnShape | null,
  { holder, roots }: ListenerEvidence,
  facts: Scan,
): RootMarker {
  if (!shape) {
    const readable = holder.kind === 'known' && holder.process.argv.ok && holder.process.argv.value.exact;
    return readable
      ? { value: 'absent', exists: 'unknown', because: 'its command line is not that of a daemon' }
      : { value: 'unreadable', exists: 'unknown', because: 'its command line could not be read' };
  }
  if (shape.generation === 'pre-marker') {
    return { value: 'absent', exists: 'unknown', because: 'its release had no root marker' };
  }
  if (!roots.ok) return { value: 'unreadable', exists: 'unknown', because: roots.why };
  const marked = roots.value[0]?.directory ?? { kind: 'unreadable', why: 'not looked at' };
  switch (marked.kind) {
    case 'unreadable':
      return {
        value: 'unreadable',
        exists: 'unknown',
        because: `its root cannot be identified: ${marked.why}`,
      };
    case 'missing':
      return aboutMissing(roots.value[1]);
    case 'directory':
      return isSameDirectory(marked, facts.root.directory)
        ? { value: 'same', exists: 'yes', because: 'its root marker names the same directory as our root' }
        : { value: 'other', exists: 'yes', because: 'its root marker names another directory than our root' };
  }
}

/** @param ofLog the root that its open log was found in */
function aboutMissing(ofLog: RootEvidence | undefined): RootMarker {
  return ofLog
    ? { value: 'other', exists: 'yes', because: `its root was renamed to ${ofLog.path} while it ran` }
    : { value: 'other', exists: 'no', because: 'its root has been deleted' };
}

/** Compares a daemon's version with ours. Display only: a difference is evidence to show, never a verdict (FR-008). */
function compareVersions(theirs: string | null, ours: string): FactEvidence<'package_version'> {
  if (theirs === null) return { value: 'unknown', detail: 'it gives no version' };
  const order = orderOf(parseVersion(theirs), parseVersion(ours));
  if (order === null) return { value: 'unparsable', detail: 'it gives a version that is none' };
  if (order === 0) return { value: 'same', detail: `it has the version of this command, ${ours}` };
  return order < 0
    ? { value: 'older', detail: `it has an older version than this command, ${ours}` }
    : { value: 'newer', detail: `it has a newer version than this command, ${ours}` };
}

interface Version {
  readonly release: readonly number[];
  /** `rc2` of `3.2.6rc2`, `beta.1` of `3.3.0-beta.1`; empty for a final release. */
  readonly preRelease: string;
}

/** Reads what Python and npm both write: `3.2.4`, `3.2.6rc2`, `3.3.0-beta.1`. */
function parseVersion(text: string): Version | null {
  const match = /^(\d{1,6})\.(\d{1,6})\.(\d{1,6})(?:[-.]?([a-z][a-z0-9.]{0,30}))?$/i.exec(text);
  if (!match) return null;
  return { release: match.slice(1, 4).map(Number), preRelease: match[4] ?? '' };
}

function orderOf(one: Version | null, other: Version | null): number | null {
  if (!one || !other) return null;
  for (const [index, number] of one.release.entries()) {
    const difference = number - (other.release[index] ?? 0);
    if (difference !== 0) return difference;
  }
  if (one.preRelease === other.preRelease) return 0;
  // A final release comes after its pre-releases.
  if (one.preRelease === '') return 1;
  if (other.preRelease === '') return -1;
  return one.preRelease.localeCompare(other.preRelease, 'en', { numeric: true });
}

/** Where something was seen, and whether it came from there as it was. */
interface Source {
  readonly source: string;
  readonly exact: boolean;
}

/** Where a listener's evidence was seen, in the words of the collector that saw it. */
interface Sources {
  readonly socket: Source;
  readonly holder: Source;
  readonly cmdline: Source;
  readonly executable: Source;
}

/** A socket without the kernel's number came from a tool's text. */
function sourcesOf({ socket, holder }: ListenerEvidence): Sources {
  if (socket.inode === null) {
    const sockets = { source: 'systeminformation networkConnections()', exact: false };
    const processes = { source: 'systeminformation processes()', exact: false };
    return { socket: sockets, holder: sockets, cmdline: processes, executable: processes };
  }
  const folder = holder.kind === 'known' ? `/proc/${holder.process.pid}` : '/proc';
  const isWhole = holder.kind !== 'known' || !holder.process.argv.ok || holder.process.argv.value.exact;
  return {
    socket: { source: socket.address.includes(':') ? '/proc/net/tcp6' : '/proc/net/tcp', exact: true },
    holder: { source: '/proc/*/fd', exact: true },
    cmdline: { source: holder.kind === 'known' ? `${folder}/cmdline` : folder, exact: isWhole },
    executable: { source: holder.kind === 'known' ? `${folder}/exe` : folder, exact: true },
  };
}

/** What a listener answered; its words are exact, whoever's they are. */
const HEALTH: Source = { source: 'GET /api/health', exact: true };
