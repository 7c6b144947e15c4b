import { createHash } from 'node:crypto';
import { VOCABULARY } from '../model/policy-facts.js';
import { possibleStates } from './vocabulary.js';
import type { Certificate, Policy } from '../model/verdict.js';
import type { CompiledPolicy } from './policy.js';
import { EXAMINED_ENGINE } from './evaluate.js';
import { MANDATORY_INVARIANTS } from './invariants.js';

/**
 * Makes the certificate that states what was proved about a policy. The caller must have found that every invariant
 * holds. Equal arguments give equal certificates.
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
 * Whether the certificate of a policy is for this policy and this program: for the text of the policy, the vocabulary,
 * the mandatory invariants and the version of the rule engine. No sync daemon is sent a request or a signal under a
 * policy for which this is false.
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

/**
 * Returns the SHA-256 of a text as UTF-8, in lower-case hex. For the text of a UTF-8 file, this is the hash of the
 * file's bytes.
 */
export function sha256Of(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
