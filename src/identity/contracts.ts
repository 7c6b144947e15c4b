import type { FactEvidence, IdentitySource } from '../model/candidate.js';
import type { ProcessEvidence } from '../model/evidence.js';
import { type Family, FAMILY_NOUNS } from '../model/family.js';
import type { IdentityRecordFile } from '../model/root.js';
import type { CollectorName, HealthAnswer, HealthBody, ListenerEvidence } from '../model/scan.js';
import { namesFamilyOrScope } from '../model/self-named.js';
import type { SpawnShape } from '../model/spawn-command.js';
import { sourcesOf } from './sources.js';

/** The comparison of what a listener says about itself with what the kernel says about the listener. */
export interface SelfReport {
  /** `missing`: something that the contract compares is absent or unknown. */
  readonly value: 'matches' | 'mismatch' | 'missing';
  readonly detail: string;
  readonly source: string;
  /** The contract that the listener matches; `none` unless `value` is `matches`. */
  readonly contract: IdentitySource;
}

/** The input of every contract: a process with a daemon's command line, its port, and its health answer. */
interface ContractInput {
  readonly process: ProcessEvidence;
  readonly port: number;
  readonly answer: HealthBody;
  /** Where the command line was read. */
  readonly cmdline: string;
}

/**
 * Compares what a listener says about itself with what the kernel says about it, by the identity contract of its
 * generation (ADR 1). The answer alone is no proof: any process can relay the answer of another process (pitfall 15).
 */
export function selfReportOf(
  family: Family,
  evidence: ListenerEvidence,
  shape: SpawnShape | null,
  collector: CollectorName,
): SelfReport {
  const { holder, health, socket } = evidence;
  const report = reporter('none', 'GET /api/health');
  if (holder.kind !== 'known' || !shape)
    return report(
      'missing',
      'its process is unknown or was not started as a daemon, so nothing can be compared',
    );
  if (health.kind !== 'answered' || !answersAs(family, health.body))
    return report('missing', `it did not answer as a ${FAMILY_NOUNS[family]}`);
  const cmdline = sourcesOf(evidence, collector).cmdline.source;
  const input: ContractInput = { process: holder.process, port: socket.port, answer: health.body, cmdline };
  switch (shape.generation) {
    case 'pre-marker':
      return preMarkerContract();
    case 'marked':
      return namesFamilyOrScope(health.body) ? healthContract(input, shape) : argvContract(input, shape);
    case 'own':
      return recordContract(input, shape, ownRecordOf(evidence, shape));
    case 'dashboard':
      return dashboardContract(input, shape);
  }
}

/** Reports `missing` for Python 3.1.x and 3.2.0 release candidates: their command line has no root to compare. */
function preMarkerContract(): SelfReport {
  const report = reporter('none', 'argv');
  return report('missing', 'its release had no root marker, so it names no root to compare');
}

type MarkedShape = Extract<SpawnShape, { generation: 'marked' }>;

/**
 * Compares a daemon of Python 3.2.0 to 3.2.3: its argv holds the port to bind and a token, and its answer must contain
 * the same token. The `owner` block of the answer is not read: it copies `owner.json`, which names the daemon of the
 * root that started last (pitfall 17, docs/released-daemons.md).
 */
function argvContract({ port, answer, cmdline }: ContractInput, shape: MarkedShape): SelfReport {
  const report = reporter('argv', `${cmdline}, GET /api/health`);
  return (
    compareTokenAndPort(port, answer.token, shape) ??
    report('matches', `argv declares port ${port} and the token that the answer carries`)
  );
}

/**
 * Compares a daemon of Python 3.2.4 or later: family, scope, owner PID, owner port and token in its answer must be
 * those of the listener.
 */
function healthContract({ port, answer, process, cmdline }: ContractInput, shape: MarkedShape): SelfReport {
  const report = reporter('health', `${cmdline}, GET /api/health`);
  const { owner, daemonFamily, singletonScopeId } = answer;
  if (daemonFamily === null) return report('missing', 'the answer names no daemon family');
  if (singletonScopeId === null) return report('missing', 'the answer names no singleton scope');
  if (owner?.pid == null || owner.port === null)
    return report('missing', 'the answer has no owner with PID and port');
  if (daemonFamily !== 'sync') return report('mismatch', 'the answer names another daemon family');
  if (singletonScopeId !== shape.root)
    return report('mismatch', 'the scope in the answer is not the root marker in argv');
  if (owner.pid !== process.pid)
    return report('mismatch', `the answer says PID ${owner.pid}, the kernel says ${process.pid}`);
  if (owner.port !== port)
    return report('mismatch', `the answer says port ${owner.port}, the kernel says ${port}`);
  return (
    compareTokenAndPort(port, answer.token, shape) ??
    report('matches', `family, scope, PID ${process.pid}, port ${port} and token in the answer are its own`)
  );
}

/**
 * Compares port and token in argv with the port of the listener and the token in its answer. Every contract of released
 * daemons requires that both agree.
 * @returns null if both agree
 */
function compareTokenAndPort(
  port: number,
  answeredToken: string | null,
  shape: Pick<MarkedShape, 'port' | 'token'>,
): SelfReport | null {
  const report = reporter('none', 'argv, GET /api/health');
  if (shape.port !== port)
    return report('mismatch', `argv declares port ${shape.port}, but it listens on ${port}`);
  // Checked before the comparison, because two missing tokens do not count as equal tokens.
  if (shape.token === null || shape.token === '') return report('missing', 'argv carries no token');
  if (answeredToken === null) return report('missing', 'the answer carries no token');
  if (answeredToken !== shape.token)
    return report('mismatch', 'the token in the answer is not the one in argv');
  return null;
}

type OwnShape = Extract<SpawnShape, { generation: 'own' }>;

/**
 * Compares a daemon of this program: the private identity record in its root must agree with argv and the kernel, and
 * its answer to this scan's challenge must prove that the daemon knows the secret in that record.
 * @param record the record with the id that argv declares, or null if no such record could be read
 */
function recordContract(
  { process, port, answer, cmdline }: ContractInput,
  shape: OwnShape,
  record: IdentityRecordFile | null,
): SelfReport {
  const report = reporter('record', `${cmdline}, identity record, GET /api/health`);
  if (!record) return report('missing', 'its root has no identity record with the id in argv');
  if (answer.proof === null) return report('missing', 'the answer carries no proof');
  if (shape.port !== port)
    return report('mismatch', `argv declares port ${shape.port}, but it listens on ${port}`);
  if (record.port !== port)
    return report('mismatch', `its record says port ${record.port}, the kernel says ${port}`);
  if (record.pid !== process.pid)
    return report('mismatch', `its record says PID ${record.pid}, the kernel says ${process.pid}`);
  if (record.incarnation !== process.incarnation)
    return report('mismatch', 'its record was written by an earlier process with the same PID');
  if (record.root !== shape.root)
    return report('mismatch', 'the root in its record is not the root marker in argv');
  if (answer.proof !== record.expectedProof)
    return report('mismatch', 'the answer does not prove the secret in its record');
  return report(
    'matches',
    `its record says PID ${record.pid} and port ${port}, and the answer proves its secret`,
  );
}

/**
 * Returns the identity record with the id in argv, from the daemon's own root; null if there is no usable one, or if
 * the process is not a daemon of this program.
 */
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

type DashboardShape = Extract<SpawnShape, { generation: 'dashboard' }>;

/**
 * Compares a released dashboard: its argv holds the port, a token and the project, and its answer must contain the same
 * token and project. Whether that project is ours is a different fact, `root_marker`.
 */
function dashboardContract({ port, answer, cmdline }: ContractInput, shape: DashboardShape): SelfReport {
  const report = reporter('argv', `${cmdline}, GET /api/health`);
  if (answer.projectPath === null) return report('missing', 'the answer names no project');
  if (answer.projectPath !== shape.root)
    return report('mismatch', 'the project in the answer is not the one in argv');
  return (
    compareTokenAndPort(port, answer.token, shape) ??
    report('matches', `argv declares port ${port}, and the project and token that the answer carries`)
  );
}

/** Returns a function that makes self-reports for one contract. Only a report with `matches` names the contract. */
function reporter(
  contract: IdentitySource,
  source: string,
): (value: SelfReport['value'], detail: string) => SelfReport {
  return (value, detail) => ({
    value,
    detail,
    source,
    contract: value === 'matches' ? contract : 'none',
  });
}

/**
 * Classifies the health answer on a port. The class is a claim, not an identity: any process may answer like a daemon.
 */
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
 * Whether a health document has the form that daemons of a family send (docs/released-daemons.md). Only a dashboard
 * sends `project_path`, so no document has both forms.
 */
export function answersAs(family: Family, body: HealthBody): boolean {
  if (body.status !== 'ok' || body.hasProjectPath !== (family === 'dashboard')) return false;
  return family === 'dashboard' || (body.protocolVersion !== null && body.sync !== null);
}
