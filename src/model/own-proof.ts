import { createHmac } from 'node:crypto';

/**
 * How a daemon of ours and whoever may ask something of it prove to each other that they know the secret in its
 * identity record, without showing it (pitfall 31). Id and port are part of every proof: an answer or a request that
 * was relayed from another port proves nothing.
 */

/** What a daemon answers to a challenge on `/api/health`. */
export function healthProof(secret: string, challenge: string, id: string, port: number): string {
  return hmac(secret, ['health', challenge, id, String(port)]);
}

/** What a daemon can be asked to do. */
export type DaemonAction = 'shutdown' | 'sync/trigger';

/** The body of a request: it is good once, and for a short time. */
export interface ProvenRequest {
  readonly nonce: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly proof: string;
}

/** @param nonce random, and never used before; `at`: the time now, in milliseconds since 1970 */
export function proveRequest(
  secret: string,
  action: DaemonAction,
  id: string,
  port: number,
  { nonce, at }: Pick<ProvenRequest, 'nonce' | 'at'>,
): ProvenRequest {
  return { nonce, at, proof: requestProof(secret, action, { nonce, at }, id, port) };
}

export function requestProof(
  secret: string,
  action: DaemonAction,
  { nonce, at }: Pick<ProvenRequest, 'nonce' | 'at'>,
  id: string,
  port: number,
): string {
  return hmac(secret, [action, nonce, String(at), id, String(port)]);
}

function hmac(secret: string, words: readonly string[]): string {
  return createHmac('sha256', secret)
    .update(['spec-kitty', ...words].join('\n'))
    .digest('hex');
}
