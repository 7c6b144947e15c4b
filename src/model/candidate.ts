import { type Family } from './family.js';
import { type Fact, type FactValue, type PolicyFacts } from './policy-facts.js';
import { type WorkScope } from './root.js';
import type { ListenerEvidence, RootEvidence } from './scan.js';
import type { SpawnShape } from './spawn-command.js';
import type { Verdict } from './verdict.js';

/** Which contract the identity rests on (design: "Identity contracts"). */
export type IdentitySource = 'record' | 'health' | 'argv' | 'none';

/** One policy fact with what it rests on. Never carries a secret. */
export interface Proof<F extends Fact = Fact> {
  readonly fact: F;
  readonly value: PolicyFacts[F];
  /** Plain words: what was seen that gives the fact this value. */
  readonly detail: string;
  /** Where it was seen, for example `/proc/4711/cmdline`. */
  readonly source: string;
  /** False where a tool's flattened text stands between the source and this value. */
  readonly exact: boolean;
}

/** FR-001 without the verdict: who a listener is, each field from where it really is, else null. */
export interface Identity extends WorkScope {
  readonly daemonFamily: Family | null;
  readonly pid: number | null;
  readonly port: number;
  readonly address: string;
  readonly protocolVersion: number | null;
  readonly packageVersion: string | null;
  readonly singletonScopeId: string | null;
  readonly daemonRoot: string | null;
  readonly ownerPresent: boolean | null;
  readonly identitySource: IdentitySource;
  readonly executableSummary: string | null;
}

/**
 * Whether a root other than ours may record this candidate as its live singleton.
 * `unknown` where such a root could not be read: then nothing may be signalled on its account.
 */
export type RecordedIn =
  | { readonly kind: 'nowhere' }
  | { readonly kind: 'other_root'; readonly root: RootEvidence }
  /** `root` is null where not even its path is known. */
  | { readonly kind: 'unknown'; readonly root: RootEvidence | null; readonly detail: string };

/** A candidate after the identity stage. */
export interface IdentifiedCandidate {
  /** As whose it was looked at: the family of the range that it was found in. */
  readonly family: Family;
  readonly evidence: ListenerEvidence;
  readonly shape: SpawnShape | null;
  readonly identity: Identity;
  readonly recordedIn: RecordedIn;
  readonly facts: PolicyFacts;
  /** One per fact, in the order of the vocabulary. */
  readonly proofs: readonly Proof[];
}

/** A candidate after the verdict stage: what action and report work on. */
export interface JudgedCandidate extends IdentifiedCandidate {
  readonly verdict: Verdict;
}

/** The value of a policy fact, and in plain words what was seen that gives it this value. */
export interface FactEvidence<F extends Fact> {
  readonly value: FactValue<F>;
  readonly detail: string;
}
