import type { JudgedCandidate } from '../model/candidate.js';
import type { CleanupPath } from '../model/outcome.js';
import type { HoldOutcome, ProcessHold } from '../system/change/process-hold.js';
import { requestOf } from './request.js';

/** One rung of the ladder. */
export interface Step {
  readonly path: CleanupPath;
  take(judged: JudgedCandidate): Promise<StepOutcome>;
}

type StepOutcome =
  /** Done; now it has time to leave. */
  | { readonly kind: 'taken' }
  /** There was nothing to send, or the daemon said no, and in what words: the next rung. */
  | { readonly kind: 'not_possible'; readonly why: string | null }
  /** The request could not be sent. A daemon that is exiting refuses connections, so wait for its exit. */
  | { readonly kind: 'not_sent'; readonly why: string }
  /** Nobody got anything: it has ended. */
  | { readonly kind: 'gone' }
  /** The system refused, and would refuse the next rung too. */
  | { readonly kind: 'denied'; readonly why: string };

const askToLeave: Step = {
  path: 'http_shutdown',
  async take(judged) {
    const answer = await requestOf(judged, 'shutdown');
    if (answer === null) return { kind: 'not_possible', why: null };
    if (answer.kind === 'refused') return { kind: 'not_possible', why: answer.why };
    // No answer does not mean that the request was not received.
    return answer.kind === 'not_sent' ? answer : { kind: 'taken' };
  },
};

/**
 * From gentle to firm. Signals only through a hold that cannot slip: by number alone they might reach somebody else, and
 * a process that does not leave when asked is better reported than replaced by an innocent one.
 */
export function ladderFor({ signal }: ProcessHold): readonly Step[] {
  if (signal === null) return [askToLeave];
  const rung = (path: CleanupPath, name: 'SIGTERM' | 'SIGKILL'): Step => ({
    path,
    take: () => Promise.resolve(stepOutcomeOf(signal(name), name)),
  });
  return [askToLeave, rung('terminate', 'SIGTERM'), rung('kill', 'SIGKILL')];
}

function stepOutcomeOf(outcome: HoldOutcome, name: string): StepOutcome {
  if (outcome.kind === 'sent') return { kind: 'taken' };
  return outcome.kind === 'gone' ? outcome : { kind: 'denied', why: `${name}: ${outcome.code}` };
}
