import type { DoctorReport, Finding, ReportCandidate } from '../../model/report.js';
import { formatAge, formatBytes } from '../units.js';
import { escapeForTerminal } from './escape.js';
import { explain } from './explain.js';
import { portMap } from './port-map.js';
import type { Style } from './style.js';
import { table } from './table.js';

/** The report for a person: what to do first, then the fifty ports, then a line for each candidate. */
export function formatText(report: DoctorReport, style: Style): string {
  const sections = [
    whatToDo(report, style),
    portMap(report, style),
    report.candidates.length > 0 ? candidateTable(report) : [],
    ...outcomes(report, style),
    ...report.candidates.map((candidate) => explain(candidate, style)),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function whatToDo(report: DoctorReport, style: Style): readonly string[] {
  const root = escapeForTerminal(report.scope.root);
  if (!report.findings.some(({ severity }) => severity === 'attention')) {
    const lead = style.green(report.candidates.length === 0 ? 'Clean.' : 'Nothing to clean.');
    return [
      `${lead} ${liveDaemon(report)} Root: ${root}`,
      ...report.findings.flatMap((finding) => findingLines(finding, style)),
    ];
  }
  return [...report.findings.flatMap((finding) => findingLines(finding, style)), style.dim(`Root: ${root}`)];
}

function liveDaemon({ daemon }: DoctorReport): string {
  if (!daemon) return 'No sync daemon is recorded.';
  if (daemon.state === 'healthy') return `The live daemon answers on port ${String(daemon.port)}.`;
  return `The recorded daemon (port ${daemon.port ?? 'unknown'}) is ${daemon.state.replace('_', ' ')}.`;
}

function findingLines({ severity, summary, remediation }: Finding, style: Style): readonly string[] {
  const mark = severity === 'attention' ? style.yellow('!') : style.dim('-');
  const lines = [`${mark} ${escapeForTerminal(summary)}`];
  if (remediation) {
    const effect = style.dim(`# ${escapeForTerminal(remediation.effect)}`);
    lines.push(`    ${style.bold(escapeForTerminal(remediation.command))}  ${effect}`);
  }
  return lines;
}

function candidateTable({ candidates, generated_at: now }: DoctorReport): readonly string[] {
  const head = ['PORT', 'PID', 'VERSION', 'CLASS', 'WHY', 'MEMORY', 'AGE', 'ROOT'];
  return table([head, ...candidates.map((candidate) => candidateRow(candidate, new Date(now)))]);
}

function candidateRow(candidate: ReportCandidate, now: Date): readonly string[] {
  const { address, port, pid, package_version: version, cost } = candidate;
  const place = address === '127.0.0.1' ? String(port) : `${address}:${port}`;
  return [
    place,
    String(pid ?? '?'),
    escapeForTerminal(version ?? '-'),
    candidate.cleanup_class,
    candidate.live_in_root === null
      ? (candidate.skip_reason ?? 'proven orphan')
      : `${candidate.skip_reason ?? ''}, live there`,
    cost.resident_bytes === null ? '-' : formatBytes(cost.resident_bytes),
    cost.started_at === null ? '-' : formatAge(cost.started_at, now),
    escapeForTerminal(candidate.daemon_root ?? '-'),
  ];
}

/** With `--reset`, or `--dry-run`: what became, or would become, of each. */
function outcomes(report: DoctorReport, style: Style): readonly (readonly string[])[] {
  const { plan, swept, skipped, failed } = report;
  const pidOf = ({ pid }: { pid: number | null }): string => `PID ${pid ?? 'unknown'}`;
  if (plan) {
    const rows = plan.map((entry) => [
      `  ${entry.port}`,
      pidOf(entry),
      entry.action,
      entry.reason ?? entry.cleanup_class,
    ]);
    return [[style.bold('Plan (nothing was done):'), ...table(rows)]];
  }
  if (!swept || !skipped || !failed) return [];
  return [
    [
      style.bold(`Swept ${swept.length}, skipped ${skipped.length}, failed ${failed.length}.`),
      ...table([
        ...swept.map((entry) => [
          `  ${entry.port}`,
          pidOf(entry),
          'swept',
          `${entry.cleanup_path} (${entry.reason})`,
        ]),
        ...skipped.map((entry) => [`  ${entry.port}`, pidOf(entry), 'skipped', entry.skip_reason]),
        ...failed.map((entry) => [
          `  ${entry.port}`,
          pidOf(entry),
          'failed',
          `${entry.failure_reason}: ${escapeForTerminal(entry.detail)}`,
        ]),
      ]),
    ],
  ];
}
