import type { Family } from '../model/family.js';
import type { HealthAnswer, HealthBody } from '../model/health-answer.js';
import type { Seen } from './seen.js';

/** Who seems to answer on a port. A claim, not an identity: anything may answer like anything. */
export function responderOf(health: HealthAnswer): Seen<'responder'> {
  if (health.kind !== 'answered') return { value: health.kind, because: health.why };
  const { body } = health;
  if (answersAs('sync', body))
    return { value: 'sync', because: 'answered with the health document of a sync daemon' };
  if (answersAs('dashboard', body))
    return { value: 'dashboard', because: 'answered with a project path, as dashboards do' };
  return { value: 'foreign', because: 'answered with JSON that is no health document of Spec Kitty' };
}

/**
 * `status` is ok; then a `project_path` makes it a dashboard, and an integer `protocol_version` with a `sync` object a
 * sync daemon (observed-daemons). Never both.
 */
export function answersAs(family: Family, body: HealthBody): boolean {
  if (body.status !== 'ok' || body.hasProjectPath !== (family === 'dashboard')) return false;
  return family === 'dashboard' || (body.protocolVersion !== null && body.sync !== null);
}
