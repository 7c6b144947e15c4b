import type { IdentifiedCandidate, Identity, IdentitySource } from '../model/candidate.js';
import type { Family } from '../model/family.js';
import { type Scan, type HealthBody, type ListenerEvidence, processOf } from '../model/scan.js';
import { parseSpawnShape, type SpawnShape } from '../model/spawn-command.js';
import { answersAs, ownRecordOf, responderOf, type SelfReport, selfReportOf } from './contracts.js';
import { attributableOwner } from './owner-record.js';
import { proveFacts } from './policy-facts.js';
import { recordedInOtherRoot } from './recorded-singleton.js';

/**
 * Turns evidence into who each listener is and what the policy may know of it. Pure: the same facts give the same
 * answer on any machine. An empty list stands for "nothing listens"; "could not look" is in `facts.listeners`.
 */
export function identify(facts: Scan): readonly IdentifiedCandidate[] {
  return facts.listeners.ok ? facts.listeners.value.map((listener) => identifyListener(listener, facts)) : [];
}

/** The same for one listener; `facts` tells what it is compared with. */
export function identifyListener(evidence: ListenerEvidence, facts: Scan): IdentifiedCandidate {
  const argv = processOf(evidence.holder)?.argv;
  const shape = argv?.ok ? parseSpawnShape(facts.family, argv.value) : null;
  const selfReport = selfReportOf(facts.family, evidence, shape);
  const identity = describeIdentity(facts.family, evidence, shape, selfReport);
  const { vector, proofs } = proveFacts(evidence, shape, selfReport, identity.packageVersion, facts);
  return {
    family: facts.family,
    evidence,
    shape,
    identity,
    recordedIn: recordedInOtherRoot(evidence, shape, facts),
    facts: vector,
    proofs,
  };
}

/**
 * Fills the identity record of FR-001, each field from where it really is. What a relayed answer says belongs to the
 * daemon behind the relay, and what a shared owner record says to whoever wrote it last: both give null.
 */
function describeIdentity(
  family: Family,
  evidence: ListenerEvidence,
  shape: SpawnShape | null,
  selfReport: SelfReport,
): Identity {
  const { socket, holder } = evidence;
  const answer = attributableAnswer(family, evidence, shape);
  const record = ownRecordOf(evidence, shape);
  const owner = record ?? attributableOwner(evidence);
  const root = shape && 'root' in shape ? shape.root : null;
  return {
    daemonFamily: familyOf(family, evidence, shape, answer),
    pid: processOf(holder)?.pid ?? null,
    port: socket.port,
    address: socket.address,
    protocolVersion: answer?.protocolVersion ?? null,
    packageVersion: answer?.packageVersion ?? record?.packageVersion ?? null,
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

/** The answer, unless the process behind the port is provably not a daemon: then it only passed it on. */
function attributableAnswer(
  family: Family,
  { health, holder }: ListenerEvidence,
  shape: SpawnShape | null,
): HealthBody | null {
  if (health.kind !== 'answered' || !answersAs(family, health.body)) return null;
  const provablyOther =
    !shape && holder.kind === 'known' && holder.process.argv.ok && holder.process.argv.value.exact;
  return provablyOther ? null : health.body;
}

function familyOf(
  family: Family,
  evidence: ListenerEvidence,
  shape: SpawnShape | null,
  answer: HealthBody | null,
): Identity['daemonFamily'] {
  const other = family === 'sync' ? 'dashboard' : 'sync';
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
  // The executable that the spawner declared, where it is another one: a replaced or relocated interpreter.
  return shape?.generation === 'marked' && shape.executable !== path
    ? `${path} (started as ${shape.executable})`
    : path;
}
