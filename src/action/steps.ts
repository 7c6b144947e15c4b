import type { JudgedCandidate } from '../model/candidate.js';
import type { CleanupPath } from '../model/outcome.js';
import { requestShutdown } from '../system/change/shutdown-request.js';
import type { ProcessHold } from '../system/change/process-hold.js';

/** One rung of the ladder. */
export interface Step {
  readonly path: CleanupPath;
  take(judged: JudgedCandidate, hold: ProcessHold): Promise<StepOutcome>;
}

type StepOutcome =
  /** Done; now it has time to leave. */
  | { readonly kind: 'taken' }
  /** Nothing was sent, or the daemon said no: the next rung. */
  | { readonly kind: 'not_possible' }
  /** Nobody got anything: it has ended, or is no longer what was judged. */
  | { readonly kind: 'gone' | 'changed' }
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

const terminate: Step = { path: 'terminate', take: (_judged, hold) => signal(hold, 'SIGTERM') };
const kill: Step = { path: 'kill', take: (_judged, hold) => signal(hold, 'SIGKILL') };

function signal(hold: ProcessHold, name: 'SIGTERM' | 'SIGKILL'): Promise<StepOutcome> {
  const outcome = hold.signal(name);
  if (outcome.kind === 'sent') return Promise.resolve({ kind: 'taken' });
  if (outcome.kind !== 'denied') return Promise.resolve(outcome);
  return Promise.resolve({ kind: 'denied', why: `${name}: ${outcome.code}` });
}

/**
 * From gentle to firm. SIGKILL only through a hold that cannot slip: by number alone it might end somebody else, and a
 * process that ignores SIGTERM is better reported than killed by mistake.
 */
export function ladderFor({ kind }: ProcessHold): readonly Step[] {
  return kind === 'pidfd' ? [askToLeave, terminate, kill] : [askToLeave, terminate];
}
