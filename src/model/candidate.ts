import type { Attested } from './capabilities.js';
import { type Family } from './family.js';
import { type Fact, type FactValue, type PolicyFacts } from './policy-facts.js';
import { type WorkScope } from './root.js';
import type { CollectorName, ListenerEvidence, RootEvidence } from './scan.js';
import type { SpawnShape } from './spawn-command.js';
import type { Verdict } from './verdict.js';

/**
 * The basis of an identity (FR-001, ADR 1): the contract that the self-report matches. If no contract matches, `argv`
 * if the command line names a root, else `none`.
 */
export type IdentitySource = 'record' | 'health' | 'argv' | 'none';

/** The evidence for one policy fact of a candidate. Contains no secret. */
export interface Proof<F extends Fact = Fact> {
  readonly fact: F;
  readonly value: PolicyFacts[F];
  /** A sentence that says what was read to determine the value. */
  readonly detail: string;
  /** Where the value was read, for example `/proc/4711/cmdline`. */
  readonly source: string;
  /** False when the value comes from a tool's output, in which argument boundaries are lost. */
  readonly exact: boolean;
}

/** The identity record of FR-001 without the verdict. A field is null if no source gives it for this daemon. */
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
 * Whether a root other than ours records this candidate as its live daemon (pitfall 11).
 * `unknown` if this could not be determined: a cleanup then leaves a healthy candidate alone.
 */
export type RecordedIn =
  | { readonly kind: 'nowhere' }
  | { readonly kind: 'other_root'; readonly root: RootEvidence }
  /** `root` is null if even the path of the root is unknown. */
  | { readonly kind: 'unknown'; readonly root: RootEvidence | null; readonly detail: string };

/** A candidate after the identity stage. */
export interface IdentifiedCandidate {
  /** The family whose port range was scanned. */
  readonly family: Family;
  /** The collector that read `evidence`, and what it attests. */
  readonly collector: CollectorName;
  readonly attested: Attested;
  readonly evidence: ListenerEvidence;
  readonly shape: SpawnShape | null;
  readonly identity: Identity;
  readonly recordedIn: RecordedIn;
  readonly facts: PolicyFacts;
  /** One proof for each fact, in the order of `FACT_NAMES`. */
  readonly proofs: readonly Proof[];
}

/** A candidate after the policy stage: the input of enforcement and report. */
export interface JudgedCandidate extends IdentifiedCandidate {
  readonly verdict: Verdict;
}

/** The value of a policy fact, and the sentence that says what was read to get it. */
export interface FactEvidence<F extends Fact> {
  readonly value: FactValue<F>;
  readonly detail: string;
}
