import type { DecidingFact, LaterValue } from './policy-facts.js';

/** The classes of FR-002, strictest first. */
export const CLEANUP_CLASSES = ['never_touch', 'operator_required', 'safe_auto'] as const;
export type CleanupClass = (typeof CLEANUP_CLASSES)[number];

/** A position in a policy file. Both numbers count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** One condition of a rule. It holds when the fact has one of these values. */
export interface Atom {
  readonly fact: DecidingFact;
  readonly values: readonly string[];
}

/** A compiled policy rule. It holds when all its atoms hold. `reason` is null only for `safe_auto`. */
export interface Rule {
  readonly id: string;
  readonly atoms: readonly Atom[];
  readonly cleanupClass: CleanupClass;
  readonly reason: string | null;
  readonly why: string;
  readonly place: Place;
}

/** A policy whose syntax, schema and vocabulary were checked. The first rule that holds, in source order, decides. */
export interface Policy {
  /** `shipped`, or the path that the operator gave. */
  readonly source: string;
  /** SHA-256 of the file's bytes, lower-case hex. */
  readonly sha256: string;
  readonly rules: readonly Rule[];
  /** The values that the policy does not list, because it is older. Its rules treat each like the value before it. */
  readonly unlisted: readonly LaterValue[];
  readonly fallback: { readonly cleanupClass: CleanupClass; readonly reason: string };
  /** Null if the policy was only analysed. Under a policy without a certificate no sync daemon is retired. */
  readonly certificate: Certificate | null;
}

/** What was proved about a policy for sync daemons. Equal policies give equal bytes. */
export interface Certificate {
  readonly schema_version: 1;
  readonly policy_sha256: string;
  /** Hash of the facts and their values. */
  readonly vocabulary_sha256: string;
  /** Hash of the invariants that every policy must satisfy. */
  readonly mandatory_invariants_sha256: string;
  /** Name and version of the rule engine. */
  readonly engine: string;
  /**
   * The states in which the engine was compared with the proof beforehand. Each verdict is compared again when it is
   * given.
   */
  readonly engine_agrees_in: 'all states' | 'a sample of states' | 'no state yet';
  /** Number of possible states. The invariants hold in all of them. */
  readonly states: number;
  /** The mandatory invariants, then those of the policy itself, each as a sentence. */
  readonly invariants: readonly string[];
}

/** A policy that is compiled only when there is a candidate to judge. */
export interface PolicyHandle {
  readonly source: string;
  readonly sha256: string;
  readonly compiled: () => Promise<Policy>;
}

/** The evaluation of one rule: whether the rule held, and if not, its first atom in source order that did not hold. */
export interface RuleTrace {
  readonly rule: string;
  readonly line: number;
  readonly cleanupClass: CleanupClass;
  readonly reason: string | null;
  readonly held: boolean;
  readonly failed: {
    readonly fact: DecidingFact;
    readonly wanted: readonly string[];
    readonly was: string;
  } | null;
}

/** The policy's decision on one candidate. `rule` is null when the default decided, or evaluation was refused. */
export interface Verdict {
  readonly cleanupClass: CleanupClass;
  readonly reason: string | null;
  readonly rule: string | null;
  /** Every rule in source order, as the engine evaluated it. */
  readonly trace: readonly RuleTrace[];
}

/** For `--explain`: the fewest changes of facts that lead to another class. */
export interface NearestChange {
  readonly cleanupClass: CleanupClass;
  readonly changes: readonly { readonly fact: DecidingFact; readonly from: string; readonly to: string }[];
}

/** For `--explain`: how the policy came to its verdict, and what would change the verdict. */
export interface Explanation {
  readonly decided_by: string | null;
  readonly rules: readonly RuleTrace[];
  readonly nearest: readonly NearestChange[];
}
