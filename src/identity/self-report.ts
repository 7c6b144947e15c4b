import type { IdentitySource } from '../model/candidate.js';
import type { ProcessEvidence } from '../model/evidence.js';
import type { HealthBody } from '../model/health-answer.js';

/** Whether what a listener says of itself agrees with what the kernel says of it. */
export interface SelfReport {
  readonly value: 'matches' | 'mismatch' | 'missing';
  readonly because: string;
  readonly source: string;
  /** The contract that it matches, else `none`. */
  readonly contract: IdentitySource;
}

/** What every contract judges: a known process of production shape that answers as sync. */
export interface Testimony {
  readonly process: ProcessEvidence;
  readonly port: number;
  readonly answer: HealthBody;
}
