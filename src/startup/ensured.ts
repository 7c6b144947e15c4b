import { requestOf } from '../action/act.js';
import { WISH_AT_STARTUP } from '../action/plan.js';
import type { IdentifiedCandidate } from '../model/candidate.js';
import type { EnsureOptions } from '../model/startup.js';
import type { SyncQueue, SyncStartReport } from '../model/sync-report.js';
import type { PolicyHandle } from '../model/verdict.js';
import { examine, judge } from '../pipeline/examine.js';
import { plan } from '../pipeline/plan.js';
import { lookAround } from '../pipeline/look.js';
import { distrustOf } from '../model/root-trust.js';
import { isCertified } from '../policy/certificate.js';
import { openPolicy } from '../policy/open.js';
import { runtimeRoot } from './runtime-root.js';
import type { Decision } from '../lifecycle/decision.js';
import { type Start, startAndClean } from '../lifecycle/start-and-clean.js';
import { decide } from './decide.js';
import { conclude, degraded, type Ensured, summary, wasSwept } from './outcome.js';
import { whySkipped } from './skip.js';
import { nextTurn } from '../system/observe/next-turn.js';

/** Asks the daemon of a start to upload what waits, unless the folder it is asked from has opted out. */
export async function askToDrain(
  daemon: IdentifiedCandidate,
  { idle }: Pick<SyncQueue, 'idle'>,
): Promise<SyncStartReport['drain']> {
  if (idle?.why === 'opted_out') return 'not_asked';
  const answer = await requestOf(daemon, 'sync/trigger');
  return answer?.kind === 'accepted' ? 'requested' : 'refused';
}

/** Whom a start would have to do something about. */
const NOBODY_ELSE = { candidates: [] };
/** The same, with the daemon itself for whoever has something to ask of it. */
export async function ensured(options: EnsureOptions): Promise<Ensured> {
  const { intent, explicit = false } = options;
  try {
    const root = runtimeRoot(process.env);
    if (!root.ok) return degraded(options, 'root_unusable', root.message);
    const skip = whySkipped(root.path, intent, process.env, explicit);
    if (!skip.ok) return degraded(options, 'config_unreadable', skip.why);
    if (skip.value) return { outcome: { kind: 'skipped', ...skip.value }, candidate: null };
    const opened = await openPolicy(null);
    if (!opened.ok) return degraded(options, 'policy_refused', opened.problems[0]?.message ?? '');
    return await ensureIn(root.path, opened.policy, options);
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return degraded(options, 'internal_error', text);
  }
}

async function ensureIn(root: string, policy: PolicyHandle, options: EnsureOptions): Promise<Ensured> {
  // The program that we run in gets its turns between what is loaded.
  await nextTurn();
  if (!isCertified(await policy.compiled()))
    return degraded(
      options,
      'policy_refused',
      'the certificate of the policy is missing, or of another policy',
    );
  await nextTurn();
  const around = await lookAround('sync', root);
  const distrust = distrustOf('sync', around.facts.root, around.facts.observer.uid);
  if (distrust) return degraded(options, 'root_unusable', `${distrust.path} ${distrust.why}`);
  // As most often, nobody is there but the one that is recorded: to leave it alone takes no verdict, and no rule engine.
  if (around.candidates.every(({ facts }) => facts.recorded_singleton === 'yes')) {
    const reuse = decide(around);
    if (reuse.kind === 'reuse') return conclude(options, NOBODY_ELSE, reuse, []);
  }
  let look = await judge(around.facts, policy);
  // One that is busy gets a second chance; together at most 1 s.
  if (isUnresponsive(decide(look))) look = await examine(root, policy, 'procfs', 'ours');
  const decision = decide(look);
  const hasTargets = plan(look, WISH_AT_STARTUP).targets.length > 0;
  if (decision.kind !== 'start' && !hasTargets) return conclude(options, look, decision, []);

  const start: Start = {
    family: 'sync',
    root,
    wish: WISH_AT_STARTUP,
    askedBy: 'startup',
    look: () => examine(root, policy, 'procfs', 'ours'),
    decide,
  };
  const first = await startAndClean(start, decision);
  if (first.kind === 'busy') {
    return decision.kind === 'start'
      ? degraded(options, 'start_lock_busy', first.why)
      : conclude(options, look, decision, []);
  }
  if (first.kind === 'impossible') return degraded(options, 'root_unusable', first.why);
  const madeRoom = first.started?.kind === 'range_full' && first.ledger.some(wasSwept);
  const second = madeRoom ? await startAndClean(start, decision) : null;
  return second?.kind === 'done' ? summary(options, second, first.ledger) : summary(options, first, []);
}

function isUnresponsive(decision: Decision): boolean {
  return decision.kind === 'leave' && decision.reason === 'singleton_unresponsive';
}
