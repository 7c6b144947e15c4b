import type { DecidingFact, DecidingVector, FactValue } from '../../model/policy-facts.js';
import type { CleanupClass } from '../../model/verdict.js';

/**
 * `cases.yaml`: what a policy is to give to whom.
 * @public the schema is made from it
 */
export interface PolicyCases {
  /** The facts that every case starts from. A case says only where it differs. */
  readonly base: DecidingVector;
  readonly cases: readonly CaseSource[];
  /** Files of `auth doctor --save-facts`, and what is to become of each of their candidates. */
  readonly recorded?: readonly RecordedSource[];
}

interface CaseSource {
  /** @pattern \S */
  readonly name: string;
  readonly when: CaseFacts;
  readonly then: ExpectedSource;
}

/** A list stands for a case with each of its values; several lists, for each combination that is possible. */
export type CaseFacts = { readonly [F in DecidingFact]?: FactValue<F> | readonly FactValue<F>[] };

export interface ExpectedSource {
  readonly class: CleanupClass;
  /** Left out for `safe_auto`. */
  readonly reason?: string;
  /** The id of the rule that is to decide. */
  readonly rule: string;
}

interface RecordedSource {
  /** Relative to this file. */
  readonly facts: string;
  readonly then: readonly RecordedExpectation[];
}

export type RecordedExpectation = ExpectedSource & {
  readonly port: number;
  /** Where several sockets have the port. */
  readonly address?: string;
};
