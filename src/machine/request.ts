import type { DaemonAction } from '../model/own-proof.js';
import { sendRequest } from './http.js';

export type RequestAnswer =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'refused'; readonly why: string }
  /** The daemon may have received the request. */
  | { readonly kind: 'no_answer'; readonly why: string }
  /** No byte of the request left this process. */
  | { readonly kind: 'not_sent'; readonly why: string };

export interface DaemonRequest {
  /** An address at which a connection reaches this daemon's socket and no other. */
  readonly address: string;
  readonly port: number;
  /** The user of the daemon's socket. */
  readonly uid: number | null;
  readonly action: DaemonAction;
  /**
   * A token from exact argv or our state file, or a proof from an identity record; never a value from a health answer.
   */
  readonly body: object;
  readonly deadlineMs: number;
}

/** Sends a request to a daemon: `POST /api/<action>`. Never rejects; ends by the deadline. */
export async function requestDaemon({
  address,
  port,
  uid,
  action,
  body,
  deadlineMs,
}: DaemonRequest): Promise<RequestAnswer> {
  const answer = await sendRequest({
    address,
    port,
    uid,
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
    case 'invalid':
      return { kind: 'no_answer', why: answer.why };
    case 'silent':
      return { kind: answer.mayHaveBeenSent ? 'no_answer' : 'not_sent', why: answer.why };
    case 'not_sent':
      return { kind: 'not_sent', why: answer.why };
  }
}
