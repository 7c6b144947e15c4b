import type { Reach } from '../facts/collectors/collector.js';
import { gatherFacts } from '../facts/gather.js';
import type { JudgedCandidate } from '../model/candidate.js';
import type { CollectorName, Facts } from '../model/evidence.js';
import type { PolicyHandle } from '../model/verdict.js';
import type { BegunLook } from './begin-look.js';

/*
 * The whole product, in this folder:
 *
 *     facts -> identity -> verdict -> action -> report
 *
 * Facts are read and never judged; identity and verdict are pure; only action changes anything, and it looks again
 * before it does. The report is made from what these functions return. What every look needs is here; the rest stands
 * apart, and on an empty range is never loaded: who listens is judged by `judge-each`, retired by `reset`.
 */
export interface Examination {
  readonly facts: Facts;
  readonly policy: PolicyHandle;
  readonly candidates: readonly JudgedCandidate[];
}

/** What is there, and not yet what it means. */
export function look(rootPath: string, collector: CollectorName, begun: BegunLook): Promise<Facts> {
  return gatherFacts('sync', rootPath, collector, 'all', begun);
}

/**
 * Finds every listener on the sync range, says who each one is, and gives each exactly one verdict. Changes nothing.
 * @param reach `ours` is for startup: whoever cannot be ours is listed, and neither resolved further nor asked
 */
export async function examine(
  rootPath: string,
  policy: PolicyHandle,
  collector: CollectorName,
  reach: Reach['of'] = 'all',
): Promise<Examination> {
  return judge(await gatherFacts('sync', rootPath, collector, reach), policy);
}

/** Gives everybody in the facts exactly one verdict. Where nobody is, nothing that judges is loaded. */
export async function judge(facts: Facts, policy: PolicyHandle): Promise<Examination> {
  if (!facts.listeners.ok || facts.listeners.value.length === 0) return { facts, policy, candidates: [] };
  const { judgeEach } = await import('./judge-each.js');
  return { facts, policy, candidates: await judgeEach(facts, await policy.compiled()) };
}
