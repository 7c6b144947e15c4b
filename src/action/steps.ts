import type { JudgedCandidate } from '../model/candidate.js';
import type { CleanupPath } from '../model/outcome.js';
import { requestShutdown } from '../system/change/shutdown-request.js';
import { sendSignal } from '../system/change/signal.js';

/** One rung of the ladder. */
export interface Step {
  readonly path: CleanupPath;
  take(judged: JudgedCandidate): Promise<StepOutcome>;
}

export type StepOutcome =
  /** Done; now it has time to leave. */
  | { readonly kind: 'taken' }
  /** Nothing was sent, or the daemon said no: the next rung. */
  | { readonly kind: 'not_possible' }
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

const terminate: Step = {
  path: 'terminate',
  take({ identity: { pid } }) {
    const outcome = pid === null ? { sent: false as const, code: 'ESRCH' } : sendSignal(pid, 'SIGTERM');
    if (outcome.sent || outcome.code === 'ESRCH') return Promise.resolve({ kind: 'taken' });
    return Promise.resolve({ kind: 'denied', why: `kill(${String(pid)}, SIGTERM): ${outcome.code}` });
  },
};

/**
 * From gentle to firm. SIGKILL is not among them: without a hold on the process its number may have changed hands, and
 * a process that ignores SIGTERM is better reported than killed by mistake.
 */
export const LADDER: readonly Step[] = [askToLeave, terminate];
