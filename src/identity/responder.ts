import type { HealthAnswer, HealthBody } from '../model/health-answer.js';
import type { Seen } from './seen.js';

/** Who seems to answer on a port. A claim, not an identity: anything may answer like anything. */
export function responderOf(health: HealthAnswer): Seen<'responder'> {
  if (health.kind !== 'answered') return { value: health.kind, because: health.why };
  const { body } = health;
  if (answersAsSync(body))
    return { value: 'sync', because: 'answered with the health document of a sync daemon' };
  if (answersAsDashboard(body))
    return { value: 'dashboard', because: 'answered with a project path, as dashboards do' };
  return { value: 'foreign', because: 'answered with JSON that is no health document of Spec Kitty' };
}

/** `status` is ok, `protocol_version` an integer, `sync` an object, no `project_path` (observed-daemons). */
export function answersAsSync(body: HealthBody): boolean {
  return body.status === 'ok' && body.protocolVersion !== null && body.sync !== null && !body.hasProjectPath;
}

function answersAsDashboard(body: HealthBody): boolean {
  return body.status === 'ok' && body.hasProjectPath;
}
