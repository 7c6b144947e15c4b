import { expect } from '@jest/globals';
import type { DoctorReport, ReportCandidate } from '../../src/report/report.js';
import { reportsBy } from './expect-report.js';
import type { Outcome, RunOptions } from './product.js';
import type { World } from './world.js';

const reportOf = reportsBy('doctor-report');

export interface Examined extends Outcome {
  readonly report: DoctorReport;
}

/** Runs `auth doctor --json` with more words, and holds what it prints to the schema and to the rules of the ledger. */
export async function doctor(
  world: World,
  words: readonly string[] = [],
  options: RunOptions = {},
): Promise<Examined> {
  const outcome = await world.run(['auth', 'doctor', '--json', ...words], options);
  const report = reportOf(outcome) as DoctorReport;
  expectEveryCandidateOnce(report);
  return { ...outcome, report };
}

/** `swept + skipped + failed` is the number of candidates, and each candidate is in exactly one. */
function expectEveryCandidateOnce({ candidates, swept, skipped, failed }: DoctorReport): void {
  if (!swept || !skipped || !failed) return;
  const key = ({ port, pid }: { port: number; pid: number | null }): string => `${port} ${String(pid)}`;
  expect([...swept, ...skipped, ...failed].map(key).sort()).toEqual(candidates.map(key).sort());
}

/** The one candidate on a port. */
export function candidateOn(
  { candidates }: DoctorReport,
  port: number,
  address = '127.0.0.1',
): ReportCandidate {
  const found = candidates.filter((candidate) => candidate.port === port && candidate.address === address);
  expect(found).toHaveLength(1);
  const [candidate] = found;
  if (!candidate) throw new Error(`no candidate on ${address}:${port}`);
  return candidate;
}

/** Class and reason as one word, as the policy table has them. */
export function verdictOn(report: DoctorReport, port: number, address?: string): string {
  const { cleanup_class: cleanupClass, skip_reason: reason } = candidateOn(report, port, address);
  return reason === null ? cleanupClass : `${cleanupClass} ${reason}`;
}
