import type { FactEvidence, Proof } from '../model/candidate.js';
import { type Family, FAMILY_NOUNS, isInRange, rangeText } from '../model/family.js';
import { type Fact, FACT_NAMES, type FactValue, type PolicyFacts } from '../model/policy-facts.js';
import { isSameDirectory } from '../model/root-checks.js';
import { DAEMON_FILES } from '../model/root.js';
import type { ListenerEvidence, RootEvidence, Scan, SocketOwner } from '../model/scan.js';
import type { SelfNamed } from '../model/self-named.js';
import type { ReleasedElements, SpawnShape } from '../model/spawn-command.js';
import { responderOf, type SelfReport } from './contracts.js';
import { ownerRecordOf } from './owner-record.js';
import { isRecordedIn } from './recorded-singleton.js';
import { type Source, sourcesOf } from './sources.js';
import { inertName } from '../text/terminal.js';

type ProofOfEach = { readonly [F in Fact]: Omit<Proof<F>, 'fact'> };

/** Determines the value of every policy fact, and the evidence for each value. No fact is ever absent. */
export function proveFacts(
  evidence: ListenerEvidence,
  shape: SpawnShape | null,
  selfNamed: SelfNamed | null,
  selfReport: SelfReport,
  packageVersion: string | null,
  scan: Scan,
): { readonly facts: PolicyFacts; readonly proofs: readonly Proof[] } {
  const { family, context, root } = scan;
  const { socket, holder, health } = evidence;
  const sources = sourcesOf(evidence, scan.collector);
  const rootMarker = rootMarkerOf(shape, evidence, root);
  const proven: ProofOfEach = {
    port_range: { ...portRangeOf(socket.port), ...sources.socket },
    responder: { ...responderOf(health), source: `GET ${urlOf(evidence)}`, exact: true },
    listener_pid: { ...listenerPidOf(holder), ...sources.holder },
    owner_user: { ...ownerUserOf(evidence, context.uid), ...sources.socket },
    spawn_shape: { ...spawnShapeOf(family, holder, shape, selfNamed), ...sources.cmdline },
    root_marker: { value: rootMarker.value, detail: rootMarker.detail, ...sources.cmdline },
    self_report: {
      value: selfReport.value,
      detail: selfReport.detail,
      source: selfReport.source,
      exact: true,
    },
    recorded_singleton: {
      ...isRecordedIn(root, evidence, shape, scan),
      source: `${inertName(root.path)}/${DAEMON_FILES[family].stateFile}`,
      // If the state file was read, it was compared with the process that the collector names, so this value is only as
      // exact as that process.
      exact: root.stateFile.kind !== 'read' || sources.holder.exact,
    },
    package_version: { ...compareVersions(packageVersion, context.packageVersion), ...HEALTH },
    executable: { ...executableOf(holder, context.executable), ...sources.executable },
    owner_record: { ...ownerRecordOf(evidence), source: 'GET /api/health, owner.json', exact: true },
    work: { ...workOf(evidence), ...HEALTH },
    root_exists: { value: rootMarker.exists, detail: rootMarker.detail, ...sources.cmdline },
  };
  return {
    facts: Object.fromEntries(FACT_NAMES.map((fact) => [fact, proven[fact].value])) as unknown as PolicyFacts,
    proofs: FACT_NAMES.map((fact) => ({ fact, ...proven[fact] })),
  };
}

/** Returns the URL of the health request. A wildcard socket is reached at another address than its own. */
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
        detail: `PID ${holder.process.pid} owns the socket, and no other process that this user can inspect does`,
      };
    case 'described':
      return {
        value: 'known',
        detail: `a tool prints PID ${holder.process.pid} for the socket, and may omit further owners`,
      };
    case 'ambiguous':
    case 'unknown':
      return { value: holder.kind, detail: holder.why };
  }
}

/** Compares the users of socket and process with ours: `other` if one of them is known to differ (pitfall 15). */
function ownerUserOf({ socket, holder }: ListenerEvidence, uid: number): FactEvidence<'owner_user'> {
  if (socket.uid === null)
    return { value: 'unknown', detail: 'the collector does not read which user opened the socket' };
  if (socket.uid !== uid)
    return {
      value: 'other',
      detail: `user ${socket.uid} opened the socket, and this command runs as user ${uid}`,
    };
  if (holder.kind === 'known' && holder.process.uid !== uid) {
    return {
      value: 'other',
      detail: `user ${holder.process.uid} runs the process, and this command runs as user ${uid}`,
    };
  }
  return { value: 'same', detail: `user ${uid} opened the socket, and this command runs as the same user` };
}

function spawnShapeOf(
  family: Family,
  holder: SocketOwner,
  shape: SpawnShape | null,
  selfNamed: SelfNamed | null,
): FactEvidence<'spawn_shape'> {
  if (holder.kind === 'ambiguous' || holder.kind === 'unknown')
    return { value: 'unreadable', detail: holder.why };
  const { argv } = holder.process;
  if (!argv.ok) return { value: 'unreadable', detail: argv.why };
  if (!argv.value.exact)
    return {
      value: 'unreadable',
      detail: 'its arguments are printed as one text, so their boundaries are unknown',
    };
  if (selfNamed) {
    const detail = `its answer names this process, but ${describeUnusual(selfNamed.elements)}`;
    return { value: 'unfamiliar', detail };
  }
  if (!shape)
    return { value: 'other', detail: `its command line is not one that starts a ${FAMILY_NOUNS[family]}` };
  return {
    value: 'production',
    detail: `its command line is exactly that of a ${GENERATION_NOUNS[shape.generation]}`,
  };
}

/**
 * Says what no release has in a command line. Names positions only: an argument of a process that is no known daemon may
 * be a secret (docs/private-files.md).
 */
function describeUnusual({ others }: ReleasedElements): string {
  const [first, ...more] = others;
  if (first === undefined) return 'its arguments are not in the number and order of any release';
  const program = first === 0 ? ' (0 is the program)' : '';
  const last = more.pop();
  if (last === undefined) return `argument ${first}${program} of its command line is of no release`;
  const which =
    more.length > 3 ? `${first} and ${more.length + 1} more` : `${[first, ...more].join(', ')} and ${last}`;
  return `arguments ${which}${program} of its command line are of no release`;
}

const GENERATION_NOUNS: Readonly<Record<SpawnShape['generation'], string>> = {
  'pre-marker': 'pre-marker Python daemon (3.1.x)',
  marked: 'Python daemon (3.2.0 or later)',
  dashboard: 'Python dashboard',
  own: 'daemon of this program',
};

function executableOf(holder: SocketOwner, ours: string): FactEvidence<'executable'> {
  if (holder.kind !== 'known' || !holder.process.executable.ok)
    return { value: 'unknown', detail: 'its executable cannot be read' };
  const path = holder.process.executable.value;
  if (path.endsWith(' (deleted)'))
    return { value: 'deleted', detail: 'the executable that it runs has been deleted' };
  return path === ours
    ? { value: 'current', detail: 'it runs the executable that runs this command' }
    : { value: 'other', detail: 'it runs another executable than this command' };
}

/**
 * Reads whether a daemon says that its sync service was started. Released daemons say so while idle too (pitfall 19),
 * so no rule may use this fact.
 */
function workOf({ health }: ListenerEvidence): FactEvidence<'work'> {
  const running = health.kind === 'answered' ? health.body.sync?.running : null;
  if (running == null)
    return { value: 'unknown', detail: 'it does not say whether its sync service was started' };
  return running
    ? { value: 'started', detail: 'it says that its sync service was started' }
    : { value: 'stopped', detail: 'it says that its sync service was not started' };
}

interface RootMarker {
  readonly value: FactValue<'root_marker'>;
  readonly exists: FactValue<'root_exists'>;
  readonly detail: string;
}

/** Compares the root in argv with ours. `same` only if device and inode of both are known and equal (pitfall 12). */
function rootMarkerOf(
  shape: SpawnShape | null,
  { holder, roots }: ListenerEvidence,
  ourRoot: RootEvidence,
): RootMarker {
  if (!shape) {
    const isReadable = holder.kind === 'known' && holder.process.argv.ok && holder.process.argv.value.exact;
    return isReadable
      ? { value: 'absent', exists: 'unknown', detail: 'its command line is none that declares a root' }
      : { value: 'unreadable', exists: 'unknown', detail: 'its command line could not be read' };
  }
  if (shape.generation === 'pre-marker') {
    return { value: 'absent', exists: 'unknown', detail: 'its release had no root marker' };
  }
  if (!roots.ok) return { value: 'unreadable', exists: 'unknown', detail: roots.why };
  const marked = roots.value[0]?.directory ?? { kind: 'unreadable', why: 'it was not read' };
  switch (marked.kind) {
    case 'unreadable':
      return {
        value: 'unreadable',
        exists: 'unknown',
        detail: `its root cannot be identified: ${marked.why}`,
      };
    case 'missing':
      return missingRoot(roots.value[1]);
    case 'directory':
      return isSameDirectory(marked, ourRoot.directory)
        ? {
            value: 'same',
            exists: 'yes',
            detail: 'its command line names the root directory that this command uses',
          }
        : {
            value: 'other',
            exists: 'yes',
            detail: 'its command line names another root directory than this command uses',
          };
  }
}

/**
 * Determines whether the root in argv, which does not exist, was renamed or deleted.
 * @param rootOfLog the root that holds the daemon's open log file; undefined if the root was deleted
 */
function missingRoot(rootOfLog: RootEvidence | undefined): RootMarker {
  return rootOfLog
    ? {
        value: 'other',
        exists: 'yes',
        detail: `its root was renamed to ${inertName(rootOfLog.path)} while it ran`,
      }
    : { value: 'other', exists: 'no', detail: 'its root has been deleted' };
}

/** Compares the version of a daemon with ours. Used for reports only: no rule may use a version (FR-008). */
function compareVersions(theirs: string | null, ours: string): FactEvidence<'package_version'> {
  if (theirs === null) return { value: 'unknown', detail: 'it reports no version' };
  const order = orderOf(parseVersion(theirs), parseVersion(ours));
  if (order === null) return { value: 'unparsable', detail: 'it reports a version that cannot be parsed' };
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

/** Parses versions of Python packages and of npm: `3.2.4`, `3.2.6rc2`, `3.3.0-beta.1`. */
function parseVersion(text: string): Version | null {
  const match = /^(\d{1,6})\.(\d{1,6})\.(\d{1,6})(?:[-.]?([a-z][a-z0-9.]{0,30}))?$/i.exec(text);
  if (!match) return null;
  return { release: match.slice(1, 4).map(Number), preRelease: match[4] ?? '' };
}

/** Compares two versions. @returns a negative number if `one` is older, 0 if equal; null if either is unknown */
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

/** The source of facts from the health answer. Exact, because the answer is read as it was sent. */
const HEALTH: Source = { source: 'GET /api/health', exact: true };
