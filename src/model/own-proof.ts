import { createHmac } from 'node:crypto';

/*
 * A daemon of ours and a command of its user prove to each other that they know the secret in the daemon's identity
 * record, without sending it (pitfall 31): each sends an HMAC under the secret. Every HMAC covers the daemon's id and
 * port, so an answer or a request that was relayed from another port proves nothing (pitfall 15).
 */

/** Computes the daemon's answer to the challenge of a `/api/health` request, in hex. */
export function healthProof(secret: string, challenge: string, id: string, port: number): string {
  return hmac(secret, ['health', challenge, id, String(port)]);
}

/** A request that needs a proof. */
export type DaemonAction = 'shutdown' | 'sync/trigger';

/** The body of a request that needs a proof. The daemon accepts a nonce once, and only near the time `at`. */
export interface ProvenRequest {
  readonly nonce: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly proof: string;
}

/**
 * Makes the body of a request that needs a proof.
 * @param nonce random, never used before; `at`: the time now, in milliseconds since 1970
 */
export function proveRequest(
  secret: string,
  action: DaemonAction,
  id: string,
  port: number,
  { nonce, at }: Pick<ProvenRequest, 'nonce' | 'at'>,
): ProvenRequest {
  return { nonce, at, proof: requestProof(secret, action, { nonce, at }, id, port) };
}

/** Computes the proof of a request, in hex. The daemon compares the result with the proof that it received. */
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
