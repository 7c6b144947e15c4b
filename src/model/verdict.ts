import type { DecidingFact } from './policy-facts.js';

/** FR-002, strictest first: what may be done to a candidate. */
export const CLEANUP_CLASSES = ['never_touch', 'operator_required', 'safe_auto'] as const;
export type CleanupClass = (typeof CLEANUP_CLASSES)[number];

/** Where in a policy file something stands; both count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** One condition of a rule: the fact has one of these values. */
export interface Atom {
  readonly fact: DecidingFact;
  readonly values: readonly string[];
}

/** A policy rule after compilation: all atoms must hold. `reason` is null only for `safe_auto`. */
export interface Rule {
  readonly id: string;
  readonly atoms: readonly Atom[];
  readonly cleanupClass: CleanupClass;
  readonly reason: string | null;
  readonly why: string;
  readonly place: Place;
}

/** A policy that passed syntax, schema and vocabulary. Rules stand in source order; the first that holds wins. */
export interface Policy {
  /** `shipped` or the path the operator gave. */
  readonly source: string;
  /** SHA-256 of the file's bytes, lower-case hex. */
  readonly sha256: string;
  readonly rules: readonly Rule[];
  readonly fallback: { readonly cleanupClass: CleanupClass; readonly reason: string };
  /** Null for one that was only analysed. */
  readonly certificate: Certificate | null;
}

/** What was proved of a policy, under which nothing is signalled without one. The same policy gives the same bytes. */
export interface Certificate {
  readonly schema_version: 1;
  readonly policy_sha256: string;
  /** Of the facts and values that the rules speak of. */
  readonly vocabulary_sha256: string;
  /** Of what every policy must keep. `invariants` says it in words, and then what this one keeps besides. */
  readonly mandatory_invariants_sha256: string;
  /** The rule engine, with its version. */
  readonly engine: string;
  /** Where it was seen beforehand to give what was proved; each verdict is compared again when it is given. */
  readonly engine_agrees_in: 'all states' | 'a sample of states' | 'no state yet';
  readonly states: number;
  readonly invariants: readonly string[];
}

/** A policy known by name and content, and compiled when there is somebody to judge. */
export interface PolicyHandle {
  readonly source: string;
  readonly sha256: string;
  readonly compiled: () => Promise<Policy>;
}

/** How one rule fared: it held, or its first atom (in source order) that did not. */
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

/** The answer for one candidate. `rule` is null when the default, or a refusal to evaluate, decided. */
export interface Verdict {
  readonly cleanupClass: CleanupClass;
  readonly reason: string | null;
  readonly rule: string | null;
  /** Every rule in source order, as the deciding run of the engine saw it. */
  readonly trace: readonly RuleTrace[];
}

/** The fewest changes of facts that lead to another class (`auth doctor --explain`). */
export interface NearestChange {
  readonly cleanupClass: CleanupClass;
  readonly changes: readonly { readonly fact: DecidingFact; readonly from: string; readonly to: string }[];
}

/** `--explain`: how the policy came to its verdict, and what would change it. */
export interface Explanation {
  readonly decided_by: string | null;
  readonly rules: readonly RuleTrace[];
  readonly nearest: readonly NearestChange[];
}
