import { describe } from '@jest/globals';
import type { Requirement } from './requirements.js';

// The requirements themselves do not import jest, because the benchmarks use them.
export * from './requirements.js';

/** Runs the tests, or reports them as skipped with the missing requirements. */
export function describeIf(requirements: readonly Requirement[], name: string, body: () => void): void {
  const missing = requirements.filter(({ met }) => !met).map((requirement) => requirement.missing);
  if (missing.length === 0) describe(name, body);
  else describe.skip(`${name} [skipped: ${missing.join(', ')}]`, body);
}
