import type { FactEvidence, IdentitySource } from '../model/candidate.js';
import type { ProcessEvidence } from '../model/evidence.js';
import type { Family } from '../model/family.js';
import type { IdentityRecordFile } from '../model/root.js';
import type { HealthAnswer, HealthBody, ListenerEvidence } from '../model/scan.js';
import type { SpawnShape } from '../model/spawn-command.js';

/**
 * Applies the identity contract of the generation that this listener belongs to (design: "Identity contracts").
 * Without a known process of production shape, or without an answer of its family, there is nothing to compare.
 */
export function selfReportOf(
  family: Family,
  evidence: ListenerEvidence,
  shape: SpawnShape | null,
): SelfReport {
  const { holder, health, socket } = evidence;
  if (holder.kind !== 'known' || !shape)
    return missing('nothing that it says can be held against its process');
  if (health.kind !== 'answered' || !answersAs(family, health.body))
    return missing(`it gave no ${family} health answer`);
  const testimony: ContractInput = { process: holder.process, port: socket.port, answer: health.body };
  switch (shape.generation) {
    case 'pre-marker':
      return preMarkerContract();
    case 'dashboard':
      return dashboardContract(testimony, shape);
    case 'own':
      return recordContract(testimony, shape, ownRecordOf(evidence, shape));
    case 'marked':
      // 3.2.4 and later say whose they are; what does not say so is judged as a 3.2.0-3.2.3.
      return declaresItself(health.body) ? healthContract(testimony, shape) : argvContract(testimony, shape);
  }
}

function declaresItself(answer: HealthBody): boolean {
  return answer.daemonFamily !== null || answer.singletonScopeId !== null;
}

function missing(because: string): SelfReport {
  return { value: 'missing', because, source: 'GET /api/health', contract: 'none' };
}

type MarkedShape = Extract<SpawnShape, { generation: 'marked' }>;

/**
 * Python 3.2.0 to 3.2.3. Their `owner` block is a copy of the file that all daemons of a root share, so it is not
 * looked at (observed-daemons: "The trap"). What is their own is argv: the port they were told to bind, and the token,
 * which the answer must repeat.
 */
function argvContract({ port, answer, process }: ContractInput, shape: MarkedShape): SelfReport {
  return (
    tokenAndPort(port, answer.token, shape) ?? {
      value: 'matches',
      because: `argv declares port ${port} and the token that the answer carries`,
      source: `/proc/${process.pid}/cmdline, GET /api/health`,
      contract: 'argv',
    }
  );
}

/** What the contracts of released daemons share: null when port and token both agree. A missing token never equals anything. */
function tokenAndPort(
  port: number,
  answered: string | null,
  shape: Pick<MarkedShape, 'port' | 'token'>,
): SelfReport | null {
  const say = (value: 'mismatch' | 'missing', because: string): SelfReport => ({
    value,
    because,
    source: 'argv, GET /api/health',
    contract: 'none',
  });
  if (shape.port !== port)
    return say('mismatch', `argv declares port ${shape.port}, but it listens on ${port}`);
  if (shape.token === null || shape.token === '') return say('missing', 'argv carries no token');
  if (answered === null) return say('missing', 'the answer carries no token');
  if (answered !== shape.token) return say('mismatch', 'the token in the answer is not the one in argv');
  return null;
}

/** Python 3.2.4 and later: family, scope, PID and port in the answer are the daemon's own and must all be its own. */
function healthContract({ port, answer, process }: ContractInput, shape: MarkedShape): SelfReport {
  const say = (value: SelfReport['value'], because: string): SelfReport => ({
    value,
    because,
    source: `/proc/${process.pid}/cmdline, GET /api/health`,
    contract: value === 'matches' ? 'health' : 'none',
  });
  const { owner, daemonFamily, singletonScopeId } = answer;
  if (daemonFamily === null) return say('missing', 'the answer names no daemon family');
  if (singletonScopeId === null) return say('missing', 'the answer names no singleton scope');
  if (owner?.pid == null || owner.port === null)
    return say('missing', 'the answer has no owner with PID and port');
  if (daemonFamily !== 'sync') return say('mismatch', 'the answer claims another daemon family');
  if (singletonScopeId !== shape.root)
    return say('mismatch', 'the scope in the answer is not the root marker in argv');
  if (owner.pid !== process.pid)
    return say('mismatch', `the answer says PID ${owner.pid}, the kernel ${process.pid}`);
  if (owner.port !== port) return say('mismatch', `the answer says port ${owner.port}, the kernel ${port}`);
  return (
    tokenAndPort(port, answer.token, shape) ??
    say('matches', `family, scope, PID ${process.pid}, port ${port} and token in the answer are its own`)
  );
}

/** Python 3.1.x and older, and 3.2.0 release candidates: they declare no root, so nothing they say can be enough. */
function preMarkerContract(): SelfReport {
  return {
    value: 'missing',
    because: 'its release had no root marker, so it declares no scope to compare',
    source: 'argv',
    contract: 'none',
  };
}

type OwnShape = Extract<SpawnShape, { generation: 'own' }>;

/**
 * Our own daemons: a private record in their root says who they are, and the answer to this scan's challenge proves
 * that the one who answers knows the secret in it.
 * @param record the record whose id argv declares, or null when the root has none
 */
function recordContract(
  { process, port, answer }: ContractInput,
  shape: OwnShape,
  record: IdentityRecordFile | null,
): SelfReport {
  const say = (value: SelfReport['value'], because: string): SelfReport => ({
    value,
    because,
    source: `/proc/${process.pid}/cmdline, identity record, GET /api/health`,
    contract: value === 'matches' ? 'record' : 'none',
  });
  if (!record) return say('missing', 'its root has no identity record with the id in argv');
  if (answer.proof === null) return say('missing', 'the answer carries no proof');
  if (shape.port !== port)
    return say('mismatch', `argv declares port ${shape.port}, but it listens on ${port}`);
  if (record.port !== port) return say('mismatch', `its record says port ${record.port}, the kernel ${port}`);
  if (record.pid !== process.pid)
    return say('mismatch', `its record says PID ${record.pid}, the kernel ${process.pid}`);
  if (record.startTicks !== process.startTicks)
    return say('mismatch', 'its record was written by an earlier process');
  if (record.root !== shape.root)
    return say('mismatch', 'the root in its record is not the root marker in argv');
  if (answer.proof !== record.expectedProof)
    return say('mismatch', 'the answer does not prove the secret in its record');
  return say(
    'matches',
    `its record says PID ${record.pid} and port ${port}, and the answer proves its secret`,
  );
}

type DashboardShape = Extract<SpawnShape, { generation: 'dashboard' }>;

/**
 * Released dashboards (observed-daemons: "Dashboard daemon"): argv declares port, token and project, and the answer must
 * repeat both of the latter. Whether the project is ours is asked of the directory, apart.
 */
function dashboardContract({ port, answer, process }: ContractInput, shape: DashboardShape): SelfReport {
  const say = (value: SelfReport['value'], because: string): SelfReport => ({
    value,
    because,
    source: `/proc/${process.pid}/cmdline, GET /api/health`,
    contract: value === 'matches' ? 'argv' : 'none',
  });
  if (answer.projectPath === null) return say('missing', 'the answer names no project');
  if (answer.projectPath !== shape.root)
    return say('mismatch', 'the project in the answer is not the one in argv');
  return (
    tokenAndPort(port, answer.token, shape) ??
    say('matches', `argv declares port ${port}, and the project and token that the answer carries`)
  );
}

/** Who seems to answer on a port. A claim, not an identity: anything may answer like anything. */
export function responderOf(health: HealthAnswer): FactEvidence<'responder'> {
  if (health.kind !== 'answered') return { value: health.kind, detail: health.why };
  const { body } = health;
  if (answersAs('sync', body))
    return { value: 'sync', detail: 'answered with the health document of a sync daemon' };
  if (answersAs('dashboard', body))
    return { value: 'dashboard', detail: 'answered with a project path, as dashboards do' };
  return { value: 'foreign', detail: 'answered with JSON that is no health document of Spec Kitty' };
}

/**
 * `status` is ok; then a `project_path` makes it a dashboard, and an integer `protocol_version` with a `sync` object a
 * sync daemon (observed-daemons). Never both.
 */
export function answersAs(family: Family, body: HealthBody): boolean {
  if (body.status !== 'ok' || body.hasProjectPath !== (family === 'dashboard')) return false;
  return family === 'dashboard' || (body.protocolVersion !== null && body.sync !== null);
}

/** Whether what a listener says of itself agrees with what the kernel says of it. */
export interface SelfReport {
  readonly value: 'matches' | 'mismatch' | 'missing';
  readonly because: string;
  readonly source: string;
  /** The contract that it matches, else `none`. */
  readonly contract: IdentitySource;
}

/** What every contract judges: a known process of production shape that answers as sync. */
interface ContractInput {
  readonly process: ProcessEvidence;
  readonly port: number;
  readonly answer: HealthBody;
}

/** The identity record that a daemon of ours declares in argv, from its own root; null for any other generation. */
export function ownRecordOf(
  { roots }: ListenerEvidence,
  shape: SpawnShape | null,
): IdentityRecordFile | null {
  if (shape?.generation !== 'own' || !roots.ok) return null;
  for (const file of roots.value.flatMap((root) => root.records)) {
    if (file.kind === 'read' && file.record.id === shape.id) return file.record;
  }
  return null;
}
