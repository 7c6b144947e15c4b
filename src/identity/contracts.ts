import type { ListenerEvidence } from '../model/evidence.js';
import type { Family } from '../model/family.js';
import type { HealthBody } from '../model/health-answer.js';
import type { SpawnShape } from '../model/spawn-shape.js';
import { argvContract } from './contracts/argv.js';
import { dashboardContract } from './contracts/dashboard.js';
import { healthContract } from './contracts/health.js';
import { preMarkerContract } from './contracts/pre-marker.js';
import { recordContract } from './contracts/record.js';
import { ownRecordOf } from './own-record.js';
import { answersAs } from './responder.js';
import type { SelfReport, Testimony } from './self-report.js';

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
  const testimony: Testimony = { process: holder.process, port: socket.port, answer: health.body };
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
