import { createHash } from 'node:crypto';
import { VOCABULARY } from '../model/policy-facts.js';
import { possibleStates } from './vocabulary.js';
import type { Certificate, Policy } from '../model/verdict.js';
import type { CompiledPolicy } from './policy.js';
import { EXAMINED_ENGINE } from './evaluate.js';
import { MANDATORY_INVARIANTS } from './invariants.js';

/**
 * States what was proved about a policy. Call it only after every invariant was found to hold. Equal policies give equal
 * certificates.
 */
export function certify(
  { policy, invariants }: CompiledPolicy,
  agreesIn: Certificate['engine_agrees_in'],
): Certificate {
  return {
    schema_version: 1,
    policy_sha256: policy.sha256,
    vocabulary_sha256: hashOf(VOCABULARY),
    mandatory_invariants_sha256: hashOf(MANDATORY_INVARIANTS),
    engine: EXAMINED_ENGINE,
    engine_agrees_in: agreesIn,
    states: possibleStates().length,
    invariants: [...MANDATORY_INVARIANTS.map(({ says }) => says), ...invariants.map(({ why }) => why)],
  };
}

/**
 * Whether the proof is about this policy and this program: the text of the policy, the vocabulary, the mandatory
 * invariants and the version of the rule engine. Only then may anything be done under the policy.
 */
export function isCertified({ certificate, sha256 }: Policy): boolean {
  return (
    certificate?.policy_sha256 === sha256 &&
    certificate.vocabulary_sha256 === hashOf(VOCABULARY) &&
    certificate.mandatory_invariants_sha256 === hashOf(MANDATORY_INVARIANTS) &&
    certificate.engine === EXAMINED_ENGINE
  );
}

function hashOf(data: object): string {
  return sha256Of(JSON.stringify(data));
}

/** SHA-256 of a text as UTF-8, in lower-case hex. For the text of a file this is the hash of its bytes. */
export function sha256Of(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
