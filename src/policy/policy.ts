import type { Atom, CleanupClass, Place, Policy } from '../model/verdict.js';

/** A compiled policy with the invariants that its file states. Whether they hold has not been checked. */
export interface CompiledPolicy {
  readonly policy: Policy;
  readonly invariants: readonly Invariant[];
}

/** An invariant that a policy file states about itself. */
export type Invariant = Theorem & { readonly why: string; readonly place: Place };

export type Theorem =
  | { readonly kind: 'forbid'; readonly atoms: readonly Atom[]; readonly cleanupClass: CleanupClass }
  | { readonly kind: 'independent'; readonly fact: string }
  | { readonly kind: 'reachable'; readonly cleanupClass: CleanupClass; readonly reason: string | null };

/** A policy file as parsed, valid by the schema. */
export interface PolicySource {
  readonly facts: Readonly<Record<string, readonly string[]>>;
  readonly rules: readonly RuleSource[];
  readonly default: { readonly class: CleanupClass; readonly reason: string };
  readonly invariants?: readonly InvariantSource[];
}

export interface RuleSource {
  readonly id: string;
  readonly when: WhenSource;
  readonly then: { readonly class: CleanupClass; readonly reason?: string };
  readonly why: string;
}

/** For each fact: a value, a list of values, or the values that are excluded. */
export type WhenSource = Readonly<
  Record<string, string | readonly string[] | { readonly not: string | readonly string[] }>
>;

export type InvariantSource =
  | { readonly forbid: { readonly when: WhenSource; readonly class: CleanupClass }; readonly why: string }
  | { readonly independent: string; readonly why: string }
  | { readonly reachable: { readonly class: CleanupClass; readonly reason?: string }; readonly why: string };
