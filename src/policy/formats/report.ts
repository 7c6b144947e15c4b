import type { TestResult } from '../cases/test-result.js';
import type { DiffResult } from '../diff/diff-result.js';
import type { PolicyResult } from '../finding.js';
import { worstOutcome } from '../outcome.js';

/**
 * The documents of `policy … --json`, described by `schemas/policy-report.schema.json`.
 * @public the schema is made from it
 */
export type PolicyReport = ({ readonly schema_version: 1 } & SingleResult) | CiReport;

type SingleResult = DiffResult | TestResult | OtherResult;

type OtherResult = PolicyResult & ({ readonly command: 'check' | 'prove' } | { readonly outcome: 'failed' });

interface CiReport {
  readonly schema_version: 1;
  readonly command: 'ci';
  readonly outcome: PolicyResult['outcome'];
  readonly results: readonly SingleResult[];
}

/** One result as its own document; those of `policy ci` under the worst outcome. */
export function reportOf(results: readonly PolicyResult[]): object {
  const [first, ...more] = results;
  if (first && more.length === 0) return { schema_version: 1, ...first };
  return { schema_version: 1, command: 'ci', outcome: worstOutcome(results), results };
}
