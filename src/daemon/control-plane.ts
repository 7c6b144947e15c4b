import { timingSafeEqual } from 'node:crypto';
import { CHALLENGE_HEADER } from '../model/scan.js';
import { type DaemonAction, healthProof, requestProof } from '../model/own-proof.js';
import { integerOf, objectOf, textOf } from '../model/json.js';
import type { LoopbackAnswer, LoopbackRequest } from '../machine/server.js';
import type { OwnIdentity } from './identity-record.js';

/** What a daemon can be asked over its control plane. */
export interface Controls {
  /** What it says of itself; the proof is added here. */
  health(): object;
  readonly actions: Readonly<Partial<Record<DaemonAction, () => LoopbackAnswer>>>;
}

/** A proven request is good for so long before and after its own time. */
const GOOD_FOR_MS = 30_000;
const LONGEST_CHALLENGE = 128;

/**
 * Answers what comes in on the control plane. Everybody may ask for health; only who knows the secret of the identity
 * record may ask for anything to be done, and each request is good once.
 */
export function controlPlane(
  { id, port, secret }: OwnIdentity,
  controls: Controls,
  nowMs: () => number,
): (request: LoopbackRequest) => LoopbackAnswer {
  const spent = new Map<string, number>();

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
    if (typeof challenge !== 'string' || challenge === '' || challenge.length > LONGEST_CHALLENGE)
      return null;
    return healthProof(secret, challenge, id, port);
  }

  function isProven(action: DaemonAction, body: string): boolean {
    const fields = parse(body);
    const nonce = textOf(fields?.['nonce']);
    const at = integerOf(fields?.['at']);
    const proof = textOf(fields?.['proof']);
    if (nonce === null || at === null || proof === null) return false;
    if (Math.abs(nowMs() - at) > GOOD_FOR_MS) return false;
    if (!isEqual(proof, requestProof(secret, action, { nonce, at }, id, port))) return false;
    // Only who knows the secret gets this far, so nobody else can fill the memory.
    for (const [old, goodUntil] of spent) if (goodUntil < nowMs()) spent.delete(old);
    if (spent.has(nonce)) return false;
    spent.set(nonce, at + GOOD_FOR_MS);
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
