import { createHash } from 'node:crypto';
import { VOCABULARY } from '../model/policy-facts.js';
import { possibleStates } from './vocabulary.js';
import type { Certificate, Policy } from '../model/verdict.js';
import type { CompiledPolicy } from './policy.js';
import { EXAMINED_ENGINE } from './evaluate.js';
import { MANDATORY_INVARIANTS } from './invariants.js';

/** States what was proved of a policy. Call after `provePolicy` found nothing. The same policy gives the same bytes. */
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

/** Whether this very policy was proved to keep these mandatory invariants, with this vocabulary and for this engine. */
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

/** By which a report names a policy: the SHA-256 of its text, which is that of the file's bytes. */
export function sha256Of(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
