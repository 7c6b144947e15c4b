import type { Atom, CleanupClass, Place } from '../model/verdict.js';

/** A theorem that a policy file states about itself. */
export type Invariant = Theorem & { readonly why: string; readonly place: Place };

export type Theorem =
  | { readonly kind: 'forbid'; readonly atoms: readonly Atom[]; readonly cleanupClass: CleanupClass }
  | { readonly kind: 'independent'; readonly fact: string }
  | { readonly kind: 'reachable'; readonly cleanupClass: CleanupClass; readonly reason: string | null };
