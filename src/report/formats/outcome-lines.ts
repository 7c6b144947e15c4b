import type { DoctorReport } from '../../model/report.js';
import { escapeForTerminal } from './escape.js';
import type { Style } from './style.js';
import { table } from './table.js';

/** With `--dry-run`: what a reset would do. */
export function planLines({ plan }: DoctorReport, style: Style): readonly string[] {
  if (!plan) return [];
  const rows = plan.map(({ port, pid, action, reason, cleanup_class: cleanupClass }) => {
    return [`  ${port}`, pidOf(pid), action, reason ?? cleanupClass];
  });
  return [style.bold('A reset would do this (nothing was done):'), ...table(rows)];
}

/** With `--reset`: what became of each. */
export function ledgerLines(report: DoctorReport, style: Style): readonly string[] {
  const { swept = [], skipped = [], failed = [] } = report;
  const rows = [
    ...swept.map(
      ({ port, pid, cleanup_path: path, reason }) => [port, pid, 'swept', `${path} (${reason})`] as const,
    ),
    ...skipped.map(({ port, pid, skip_reason: reason }) => [port, pid, 'skipped', reason] as const),
    ...failed.map(({ port, pid, failure_reason: reason, detail }) => {
      return [port, pid, 'failed', `${reason}: ${escapeForTerminal(detail)}`] as const;
    }),
  ];
  return [
    style.bold(`Swept ${swept.length}, skipped ${skipped.length}, failed ${failed.length}.`),
    ...table(rows.map(([port, pid, bucket, words]) => [`  ${port}`, pidOf(pid), bucket, words])),
  ];
}

function pidOf(pid: number | null): string {
  return `PID ${pid ?? 'unknown'}`;
}
