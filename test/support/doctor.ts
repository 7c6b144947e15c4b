import { expect } from '@jest/globals';
import type { DoctorReport, ReportCandidate } from '../../src/report/report.js';
import { reportReader } from './expect-report.js';
import type { RunResult, RunOptions } from './product.js';
import type { World } from './world.js';

const reportOf = reportReader('doctor-report');

export interface DoctorRun extends RunResult {
  readonly report: DoctorReport;
}

/**
 * Runs `auth doctor --json` with further arguments, and validates its report: schema, and each candidate in one array.
 */
export async function doctor(
  world: World,
  words: readonly string[] = [],
  options: RunOptions = {},
): Promise<DoctorRun> {
  const outcome = await world.run(['auth', 'doctor', '--json', ...words], options);
  const report = reportOf(outcome) as DoctorReport;
  expectEveryCandidateOnce(report);
  expectSummaryOf(report);
  return { ...outcome, report };
}

/** After a reset each candidate is in exactly one of `swept`, `skipped` and `failed`. */
function expectEveryCandidateOnce({ candidates, swept, skipped, failed }: DoctorReport): void {
  if (!swept || !skipped || !failed) return;
  const key = ({ port, pid }: { port: number; pid: number | null }): string => `${port} ${String(pid)}`;
  expect([...swept, ...skipped, ...failed].map(key).sort()).toEqual(candidates.map(key).sort());
}

/** The summary counts what the lists of the report contain. */
function expectSummaryOf({ summary, candidates, findings, swept, skipped, failed }: DoctorReport): void {
  const ofClass = (name: string): number =>
    candidates.filter(({ cleanup_class: cleanupClass }) => cleanupClass === name).length;
  expect(summary).toEqual({
    listeners: candidates.length,
    safe_auto: ofClass('safe_auto'),
    operator_required: ofClass('operator_required'),
    never_touch: ofClass('never_touch'),
    attention: findings.filter(({ severity }) => severity === 'attention').length,
    ...(swept && { swept: swept.length, skipped: skipped?.length, failed: failed?.length }),
  });
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

/** Class and reason as one text, as in the policy table. */
export function verdictOn(report: DoctorReport, port: number, address?: string): string {
  const { cleanup_class: cleanupClass, skip_reason: reason } = candidateOn(report, port, address);
  return reason === null ? cleanupClass : `${cleanupClass} ${reason}`;
}
