import { existsSync } from 'node:fs';
import type { Policy } from '../../../model/verdict.js';
import { read, type Reading } from '../../../model/evidence.js';
import { examineSaved } from '../../../pipeline/replay.js';
import { readCases } from '../../../policy/cases/read-cases.js';
import { casesOf, type Replayed } from '../../../policy/cases/recordings.js';
import { testPolicy } from '../../../policy/cases/test-policy.js';
import type { TestResult } from '../../../policy/cases/test-result.js';
import { beside, type FileName, fileName, policyName } from '../../../policy/file-name.js';
import { PROVEN } from '../../../policy/mandatory-invariants.js';
import { openCompiled } from '../../../policy/open-compiled.js';
import type { ExitCode } from '../../exit-codes.js';
import { finishOne, type OutputOptions, type Refused } from './finish.js';

export interface PolicyTestOptions extends OutputOptions {
  readonly policy?: string;
}

/** `spec-kitty policy test [CASES]`: whether the policy gives what its cases expect, and what they leave untested. */
export async function policyTest(cases: string | undefined, options: PolicyTestOptions): Promise<ExitCode> {
  const file = policyName(options.policy);
  return finishOne('test', file, await testFile(file, cases === undefined ? null : fileName(cases)), options);
}

/** @param given the file of cases; null is the one beside the policy, which may be missing: then there is no case */
export async function testFile(file: FileName, given: FileName | null): Promise<TestResult | Refused> {
  const opened = openCompiled(file);
  if (!opened.ok) return opened;
  const { policy } = opened.compiled;
  const casesFile = given ?? beside(file, 'cases.yaml');
  if (given === null && !existsSync(casesFile.path))
    return testPolicy(policy, { base: PROVEN, cases: [], recordings: [] }, casesFile.shown);
  const cases = readCases(casesFile, policy);
  if (!cases.ok) return cases;
  const recorded = await casesOf(cases.cases.recordings, casesFile, (path) => replay(path, policy));
  if (recorded.problems.length > 0) return recorded;
  return testPolicy(
    policy,
    { ...cases.cases, cases: [...cases.cases.cases, ...recorded.cases] },
    casesFile.shown,
  );
}

async function replay(path: string, policy: Policy): Promise<Reading<readonly Replayed[]>> {
  const examined = await examineSaved(path, { ...policy, compiled: () => Promise.resolve(policy) });
  if (!examined.ok) return examined;
  return read(
    examined.value.candidates.map(({ evidence, facts }) => ({
      port: evidence.socket.port,
      address: evidence.socket.address,
      facts,
    })),
  );
}
