import { CHALLENGE_HEADER } from '../../model/health-answer.js';
import type { HttpAnswer } from '../wire/http-answer.js';
import { exchange } from '../wire/http-exchange.js';

export interface HealthQuestion {
  /** Of this machine. */
  readonly address: string;
  readonly port: number;
  readonly challenge: string;
  readonly deadlineMs: number;
}

/** Asks one listener for its health, which changes nothing: `GET /api/health`. Never rejects; ends by the deadline. */
export function askHealth({ address, port, challenge, deadlineMs }: HealthQuestion): Promise<HttpAnswer> {
  return exchange({
    address,
    port,
    method: 'GET',
    path: '/api/health',
    headers: { Accept: 'application/json', [CHALLENGE_HEADER]: challenge },
    body: '',
    deadlineMs,
  });
}
