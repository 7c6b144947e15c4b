import { attestedBy } from '../model/capabilities.js';
import type { IdentifiedCandidate, Identity, IdentitySource } from '../model/candidate.js';
import { type Family, otherFamily } from '../model/family.js';
import { type HealthBody, type ListenerEvidence, processOf, type Scan } from '../model/scan.js';
import { type SelfNamed, selfNamedBy } from '../model/self-named.js';
import { parseSpawnShape, type SpawnShape } from '../model/spawn-command.js';
import { attestedEvidence } from './attested.js';
import { answersAs, ownRecordOf, responderOf, type SelfReport, selfReportOf } from './contracts.js';
import { attributableOwner } from './owner-record.js';
import { proveFacts } from './policy-facts.js';
import { recordedInOtherRoot } from './recorded-singleton.js';
import { inertName } from '../text/terminal.js';

/**
 * Identifies each listener of a scan and determines the policy facts about it. Pure: equal scans give equal results on
 * every machine.
 * @returns an empty list if nothing listens, and also if the listeners could not be read; `scan.listeners` tells which
 */
export function identify(scan: Scan): readonly IdentifiedCandidate[] {
  return scan.listeners.ok ? scan.listeners.value.map((listener) => identifyListener(listener, scan)) : [];
}

/** Identifies one listener. `scan` is the context: our own root, user, version and the other listeners. */
export function identifyListener(read: ListenerEvidence, scan: Scan): IdentifiedCandidate {
  const attested = attestedBy(scan.collector);
  const evidence = attestedEvidence(read, attested);
  const argv = processOf(evidence.holder)?.argv;
  const shape = argv?.ok ? parseSpawnShape(scan.family, argv.value) : null;
  const selfNamed = shape ? null : selfNamedSyncDaemon(scan.family, evidence);
  const selfReport = selfReportOf(scan.family, evidence, shape, scan.collector);
  const identity = describeIdentity(scan.family, evidence, shape, selfNamed, selfReport);
  const { packageVersion } = identity;
  const { facts, proofs } = proveFacts(evidence, shape, selfNamed, selfReport, packageVersion, scan);
  return {
    family: scan.family,
    collector: scan.collector,
    attested,
    evidence,
    shape,
    identity,
    recordedIn: recordedInOtherRoot(evidence, shape, scan),
    facts,
    proofs,
  };
}

/** Determines whether a listener answers as a sync daemon and its answer names its own process (`selfNamedBy`). */
function selfNamedSyncDaemon(family: Family, evidence: ListenerEvidence): SelfNamed | null {
  const { health } = evidence;
  const answersAsSync = family === 'sync' && health.kind === 'answered' && answersAs('sync', health.body);
  return answersAsSync ? selfNamedBy(evidence) : null;
}

/**
 * Fills the identity record of FR-001. A field is null unless its source describes this daemon: a relayed answer
 * describes the daemon behind the relay, and a shared owner record describes the daemon that started last.
 */
function describeIdentity(
  family: Family,
  evidence: ListenerEvidence,
  shape: SpawnShape | null,
  selfNamed: SelfNamed | null,
  selfReport: SelfReport,
): Identity {
  const { socket, holder } = evidence;
  const answer = attributableAnswer(family, evidence, shape, selfNamed);
  const record = ownRecordOf(evidence, shape);
  const owner = record ?? attributableOwner(evidence);
  const root = shape && 'root' in shape ? shape.root : (selfNamed?.root ?? null);
  return {
    daemonFamily: familyOf(family, evidence, shape, answer),
    pid: processOf(holder)?.pid ?? null,
    port: socket.port,
    address: socket.address,
    protocolVersion: answer?.protocolVersion ?? null,
    // The proof in an answer of ours covers the id and the port only, and the record is private.
    packageVersion: record?.packageVersion ?? answer?.packageVersion ?? null,
    singletonScopeId: root ?? answer?.singletonScopeId ?? null,
    daemonRoot: root,
    queueDbPath: owner?.queueDbPath ?? null,
    authScope: owner?.authScope ?? null,
    serverUrl: owner?.serverUrl ?? null,
    ownerPresent: isOwnerPresent(evidence),
    identitySource: sourceOf(shape, selfReport),
    executableSummary: summaryOf(evidence, shape),
  };
}

/**
 * Returns the health answer if it has the form of this family, else null. Also null if the process is certainly no
 * daemon and the answer does not name it, because such a process relays the answer of another process.
 */
function attributableAnswer(
  family: Family,
  { health, holder }: ListenerEvidence,
  shape: SpawnShape | null,
  selfNamed: SelfNamed | null,
): HealthBody | null {
  if (health.kind !== 'answered' || !answersAs(family, health.body)) return null;
  const isCertainlyNoDaemon =
    !shape &&
    !selfNamed &&
    holder.kind === 'known' &&
    holder.process.argv.ok &&
    holder.process.argv.value.exact;
  return isCertainlyNoDaemon ? null : health.body;
}

function familyOf(
  family: Family,
  evidence: ListenerEvidence,
  shape: SpawnShape | null,
  answer: HealthBody | null,
): Identity['daemonFamily'] {
  const other = otherFamily(family);
  if (responderOf(evidence.health).value === other) return other;
  return (shape ?? answer) ? family : null;
}

function isOwnerPresent({ health, roots }: ListenerEvidence): boolean | null {
  if (health.kind === 'answered' && health.body.owner) return true;
  if (!roots.ok) return null;
  if (roots.value.some(({ ownerRecord }) => ownerRecord.kind === 'read')) return true;
  return roots.value.some(({ ownerRecord }) => ownerRecord.kind === 'unreadable') ? null : false;
}

function sourceOf(shape: SpawnShape | null, selfReport: SelfReport): IdentitySource {
  if (selfReport.value === 'matches') return selfReport.contract;
  return shape && shape.generation !== 'pre-marker' ? 'argv' : 'none';
}

function summaryOf({ holder }: ListenerEvidence, shape: SpawnShape | null): string | null {
  const executable = processOf(holder)?.executable;
  if (!executable?.ok) return null;
  const path = executable.value;
  // The executable in argv and the running one differ if the interpreter was replaced or moved after the start.
  return shape?.generation === 'marked' && shape.executable !== path
    ? `${inertName(path)} (started as ${inertName(shape.executable)})`
    : path;
}
