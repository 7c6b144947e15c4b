import { timingSafeEqual } from 'node:crypto';
import { CHALLENGE_HEADER } from '../model/scan.js';
import { type DaemonAction, healthProof, requestProof } from '../model/own-proof.js';
import { integerOf, objectOf, textOf } from '../model/json.js';
import type { LoopbackAnswer, LoopbackRequest } from '../machine/server.js';
import type { OwnIdentity } from './identity-record.js';

/** The requests that the control plane of a daemon answers. */
export interface Controls {
  /** Body of the health answer; the control plane adds the proof. */
  health(): object;
  readonly actions: Readonly<Partial<Record<DaemonAction, () => LoopbackAnswer>>>;
}

/** A request is valid this long before and after the time that it states. */
const VALID_MS = 30_000;
const MAX_CHALLENGE_LENGTH = 128;

/**
 * Returns the handler of requests to the control plane. Any program may read the health answer. An action requires a
 * proof made with the secret in the identity record, and each proof is accepted once.
 */
export function controlPlaneHandler(
  { id, port, secret }: OwnIdentity,
  controls: Controls,
  nowMs: () => number,
): (request: LoopbackRequest) => LoopbackAnswer {
  /** Nonces of accepted requests, with the time in milliseconds until which a repetition could still be valid. */
  const usedNonces = new Map<string, number>();

  return ({ method, path, headers, body }) => {
    if (method === 'GET' && path === '/api/health') {
      const challenge = headers[CHALLENGE_HEADER.toLowerCase()];
      return { status: 200, body: { ...controls.health(), proof: proofFor(challenge) } };
    }
    const action = ACTIONS.find((name) => path === `/api/${name}`);
    const act = action && controls.actions[action];
    if (method !== 'POST' || !act) return { status: 404, body: { error: 'not_found' } };
    return isProven(action, body) ? act() : { status: 403, body: { error: 'invalid_proof' } };
  };

  function proofFor(challenge: string | readonly string[] | undefined): string | null {
    if (typeof challenge !== 'string' || challenge === '' || challenge.length > MAX_CHALLENGE_LENGTH)
      return null;
    return healthProof(secret, challenge, id, port);
  }

  function isProven(action: DaemonAction, body: string): boolean {
    const fields = parse(body);
    const nonce = textOf(fields?.['nonce']);
    const at = integerOf(fields?.['at']);
    const proof = textOf(fields?.['proof']);
    if (nonce === null || at === null || proof === null) return false;
    if (Math.abs(nowMs() - at) > VALID_MS) return false;
    if (!isEqual(proof, requestProof(secret, action, { nonce, at }, id, port))) return false;
    // The proof was checked above, so a program that does not know the secret cannot make this map grow.
    for (const [used, validUntil] of usedNonces) if (validUntil < nowMs()) usedNonces.delete(used);
    if (usedNonces.has(nonce)) return false;
    usedNonces.set(nonce, at + VALID_MS);
    return true;
  }
}

const ACTIONS: readonly DaemonAction[] = ['shutdown', 'sync/trigger'];

function isEqual(one: string, other: string): boolean {
  const [first, second] = [Buffer.from(one), Buffer.from(other)];
  return first.length === second.length && timingSafeEqual(first, second);
}

function parse(body: string): Record<string, unknown> | null {
  try {
    return objectOf(JSON.parse(body));
  } catch {
    return null;
  }
}
