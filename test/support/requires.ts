import { describe } from '@jest/globals';
import type { Requirement } from './machine.js';

// What is asked of the machine is known without jest, for the benchmarks.
export * from './machine.js';

/** Runs the tests, or names in the report what they lacked. */
export function describeIf(requirements: readonly Requirement[], name: string, body: () => void): void {
  const missing = requirements.filter(({ met }) => !met).map((requirement) => requirement.missing);
  if (missing.length === 0) describe(name, body);
  else describe.skip(`${name} [skipped: ${missing.join(', ')}]`, body);
}
