import type { Proof } from '../model/candidate.js';
import { DAEMON_FILES } from '../model/daemon-files.js';
import type { Facts, Holder, ListenerEvidence } from '../model/evidence.js';
import { type Family, isInRange, rangeText } from '../model/family.js';
import { FACT_NAMES, type Fact, type FactVector } from '../model/policy-facts.js';
import type { SpawnShape } from '../model/spawn-shape.js';
import { ownerRecordOf } from './owner-record.js';
import { isRecordedIn } from './recorded-singleton.js';
import { responderOf } from './responder.js';
import { rootMarkerOf } from './same-root.js';
import type { Seen } from './seen.js';
import type { SelfReport } from './self-report.js';
import { HEALTH, sourcesOf } from './sources.js';
import { compareVersions } from './versions.js';

type Proven<F extends Fact> = Omit<Proof<F>, 'fact'>;
type ProofOfEach = { readonly [F in Fact]: Proven<F> };

/** Gives every fact of the vocabulary one value, and says what it rests on. Total: no fact is ever absent. */
export function proveFacts(
  evidence: ListenerEvidence,
  shape: SpawnShape | null,
  selfReport: SelfReport,
  packageVersion: string | null,
  facts: Facts,
): { readonly vector: FactVector; readonly proofs: readonly Proof[] } {
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
    owner_user: { ...ownerUserOf(evidence, facts.observer.uid), ...sources.socket },
    spawn_shape: { ...spawnShapeOf(facts.family, holder, shape), ...sources.cmdline },
    root_marker: { value: root.value, because: root.because, ...sources.cmdline },
    self_report: {
      value: selfReport.value,
      because: selfReport.because,
      source: selfReport.source,
      exact: true,
    },
    recorded_singleton: {
      ...isRecordedIn(facts.root, evidence, shape, facts),
      source: stateFile,
      // What a state file says is compared with the process that the collector named.
      exact: facts.root.stateFile.kind !== 'read' || sources.holder.exact,
    },
    package_version: { ...compareVersions(packageVersion, facts.observer.packageVersion), ...HEALTH },
    executable: { ...executableOf(holder, facts.observer.executable), ...sources.executable },
    owner_record: {
      ...ownerRecordOf(evidence),
      source: 'GET /api/health, owner.json',
      exact: true,
    },
    work: { ...workOf(evidence), ...HEALTH },
    root_exists: { value: root.exists, because: root.because, ...sources.cmdline },
  };
  return {
    vector: Object.fromEntries(FACT_NAMES.map((fact) => [fact, proven[fact].value])) as unknown as FactVector,
    proofs: FACT_NAMES.map((fact) => ({ fact, ...proven[fact] })),
  };
}

/** Where it was asked, which for a wildcard socket is another address than its own. */
function urlOf({ socket, reachedAt }: ListenerEvidence): string {
  const address = reachedAt ?? socket.address;
  return `http://${address.includes(':') ? `[${address}]` : address}:${socket.port}/api/health`;
}

function portRangeOf(port: number): Seen<'port_range'> {
  const family = (['sync', 'dashboard'] as const).find((name) => isInRange(port, name));
  if (family) return { value: family, because: `port ${port} is in ${rangeText(family)}` };
  return { value: 'outside', because: `port ${port} is in no reserved range` };
}

function listenerPidOf(holder: Holder): Seen<'listener_pid'> {
  switch (holder.kind) {
    case 'known':
      return {
        value: 'known',
        because: `PID ${holder.process.pid} holds the socket, and nobody else that we may look into does`,
      };
    case 'described':
      return {
        value: 'known',
        because: `PID ${holder.process.pid} is shown beside the socket, perhaps not alone`,
      };
    case 'ambiguous':
    case 'unknown':
      return { value: holder.kind, because: holder.why };
  }
}

/** Who opened the socket and who runs the process must be the same user: ours. */
function ownerUserOf({ socket, holder }: ListenerEvidence, uid: number): Seen<'owner_user'> {
  if (socket.uid === null)
    return { value: 'unknown', because: 'its collector cannot tell who opened the socket' };
  if (socket.uid !== uid)
    return { value: 'other', because: `user ${socket.uid} opened the socket, we are ${uid}` };
  if (holder.kind === 'known' && holder.process.uid !== uid) {
    return { value: 'other', because: `user ${holder.process.uid} runs the process, we are ${uid}` };
  }
  return { value: 'same', because: `user ${uid} opened the socket, and so are we` };
}

function spawnShapeOf(family: Family, holder: Holder, shape: SpawnShape | null): Seen<'spawn_shape'> {
  if (holder.kind === 'ambiguous' || holder.kind === 'unknown')
    return { value: 'unreadable', because: holder.why };
  const { argv } = holder.process;
  if (!argv.ok) return { value: 'unreadable', because: argv.why };
  if (!argv.value.exact)
    return { value: 'unreadable', because: 'the boundaries of its arguments are not known' };
  if (!shape)
    return { value: 'other', because: `its command line is not one that starts a ${NOUNS[family]}` };
  return {
    value: 'production',
    because: `its command line is exactly that of a ${GENERATIONS[shape.generation]}`,
  };
}

const NOUNS: Readonly<Record<Family, string>> = { sync: 'sync daemon', dashboard: 'dashboard' };
const GENERATIONS: Readonly<Record<SpawnShape['generation'], string>> = {
  'pre-marker': 'pre-marker Python daemon (3.1.x)',
  marked: 'Python daemon (3.2.0 or later)',
  dashboard: 'Python dashboard',
  own: 'daemon of this program',
};

function executableOf(holder: Holder, ours: string): Seen<'executable'> {
  if (holder.kind !== 'known' || !holder.process.executable.ok)
    return { value: 'unknown', because: 'not readable' };
  const path = holder.process.executable.value;
  if (path.endsWith(' (deleted)'))
    return { value: 'deleted', because: 'the file it runs from has been deleted' };
  return path === ours
    ? { value: 'current', because: 'it runs the executable that runs this command' }
    : { value: 'other', because: 'it runs another executable than this command' };
}

/** What a daemon says of its work. Python daemons say "running" while idle, so this can never shield an orphan. */
function workOf({ health }: ListenerEvidence): Seen<'work'> {
  const running = health.kind === 'answered' ? health.body.sync?.running : null;
  if (running == null) return { value: 'unknown', because: 'it does not say' };
  return running
    ? { value: 'started', because: 'it says that its sync service was started' }
    : { value: 'stopped', because: 'it says that its sync service was not started' };
}
