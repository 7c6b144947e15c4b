import type { DaemonAction } from '../model/own-proof.js';
import { exchange } from './http.js';

export type RequestAnswer =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'refused'; readonly why: string }
  /** The daemon may have received the request. */
  | { readonly kind: 'no_answer'; readonly why: string }
  /** No byte of the request left this process. */
  | { readonly kind: 'not_sent'; readonly why: string };

export interface DaemonRequest {
  /** The socket's own address: where another socket could answer instead, nothing is sent. */
  readonly address: string;
  readonly port: number;
  readonly action: DaemonAction;
  /** A token from exact argv or our state file, or a proof from an identity record; never anything from a reply. */
  readonly body: object;
  readonly deadlineMs: number;
}

/** Asks a daemon for something: `POST /api/<action>`. Never rejects; ends by the deadline. */
export async function requestDaemon({
  address,
  port,
  action,
  body,
  deadlineMs,
}: DaemonRequest): Promise<RequestAnswer> {
  const answer = await exchange({
    address,
    port,
    method: 'POST',
    path: `/api/${action}`,
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
    deadlineMs,
  });
  switch (answer.kind) {
    case 'answered':
      return [200, 202].includes(answer.status)
        ? { kind: 'accepted' }
        : { kind: 'refused', why: `HTTP status ${answer.status}` };
    case 'unfit':
      return { kind: 'no_answer', why: answer.why };
    case 'silent':
      return { kind: answer.mayHaveLeft ? 'no_answer' : 'not_sent', why: answer.why };
    case 'not_sent':
      return { kind: 'not_sent', why: answer.why };
  }
}
