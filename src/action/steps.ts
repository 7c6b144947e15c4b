import type { JudgedCandidate } from '../model/candidate.js';
import type { CleanupPath } from '../model/outcome.js';
import { requestShutdown } from '../system/change/shutdown-request.js';
import type { HoldOutcome, ProcessHold } from '../system/change/process-hold.js';

/** One rung of the ladder. */
export interface Step {
  readonly path: CleanupPath;
  take(judged: JudgedCandidate): Promise<StepOutcome>;
}

type StepOutcome =
  /** Done; now it has time to leave. */
  | { readonly kind: 'taken' }
  /** Nothing was sent, or the daemon said no: the next rung. */
  | { readonly kind: 'not_possible' }
  /** Nobody got anything: it has ended. */
  | { readonly kind: 'gone' }
  /** The system refused, and would refuse the next rung too. */
  | { readonly kind: 'denied'; readonly why: string };

/** A request that is answered at all is answered at once; the daemon's leaving is waited for apart. */
const REQUEST_MS = 1000;

const askToLeave: Step = {
  path: 'http_shutdown',
  async take({ evidence: { socket, reachedAt }, facts, shape }) {
    // The token comes from argv, and only where argv declares the very port that this process listens on.
    if (!shape || shape.generation === 'own' || shape.token === null) return { kind: 'not_possible' };
    if (shape.port !== socket.port || reachedAt === null || facts.responder !== 'sync')
      return { kind: 'not_possible' };
    const { port, token } = shape;
    const answer = await requestShutdown({ address: reachedAt, port, token, deadlineMs: REQUEST_MS });
    // No answer does not mean that the request was not received.
    return { kind: answer.kind === 'refused' ? 'not_possible' : 'taken' };
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
