import { escapeForTerminal } from '../text/terminal.js';
import { explain } from './explain.js';
import { portMap } from './port-map.js';
import type { Style } from '../text/terminal.js';
import { table } from '../text/terminal.js';
import type { DoctorReport, Finding, ReportCandidate } from './report.js';
import { formatAge, formatBytes } from '../text/terminal.js';

/**
 * The report for a person: what to do first, then the fifty ports, then a line for each candidate.
 * @param ofListeners what makes the lines for those who listen; null where the report speaks of nobody
 */
export function formatText(report: DoctorReport, style: Style): string {
  const { explanations, sections } = listenerSections(report, style);
  // Who asks why about one port wants that answer, and not the rest of the machine around it.
  if (explanations.length > 0 && !report.swept && !report.plan) return join(explanations);
  return join([
    whatToDo(report, style),
    portMap(report, style),
    ...sections,
    ...explanations,
    recentLines(report, style),
  ]);
}

function join(sections: readonly (readonly string[])[]): string {
  const texts = sections.filter((lines) => lines.length > 0).map((lines) => lines.join('\n'));
  return `${texts.join('\n\n')}\n`;
}

function whatToDo(report: DoctorReport, style: Style): readonly string[] {
  const root = style.dim(`Root: ${escapeForTerminal(report.scope.root)}${howHeld(report)}`);
  const findings = report.findings.flatMap((finding) => findingLines(finding, style));
  if (report.findings.some(({ severity }) => severity === 'attention')) return [...findings, root];
  return [
    `${style.green('Nothing needs attention.')} ${freed(report)}${liveDaemon(report)}`,
    ...findings,
    root,
  ];
}

/** Said where there is somebody to hold: which guarantee a reset gives here. */
function howHeld({ scope: { fence } }: DoctorReport): string {
  if (!fence) return '';
  return fence.kind === 'pidfd'
    ? ' (processes are held by pidfd)'
    : ` (no pidfd, so daemons are asked to leave and never signalled: ${escapeForTerminal(fence.why ?? '')})`;
}

function freed({ swept = [], candidates }: DoctorReport): string {
  if (swept.length === 0) return '';
  const pids = new Set(swept.map(({ pid }) => pid));
  // A process that listened on several ports held its memory once.
  const held = new Map(candidates.map(({ pid, cost }) => [pid, cost.resident_bytes ?? 0]));
  const bytes = [...pids].reduce<number>((sum, pid) => sum + (held.get(pid) ?? 0), 0);
  return `Retired ${pids.size} daemon${pids.size === 1 ? '' : 's'}, which held ${formatBytes(bytes)}. `;
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
    const { command, effect } = remediation;
    const words = style.dim(`# ${escapeForTerminal(effect)}`);
    lines.push(`    ${command === null ? words : `${style.bold(escapeForTerminal(command))}  ${words}`}`);
  }
  return lines;
}

/** What was done in this root before, so that "what stopped my daemon?" has an answer. */
function recentLines({ recent, generated_at: now }: DoctorReport, style: Style): readonly string[] {
  if (recent.length === 0) return [];
  const rows = recent
    .slice(0, 5)
    .map(({ at, pid, port, asked_by: askedBy, result }) => [
      `  ${formatAge(at, new Date(now))} ago`,
      String(port),
      `PID ${pid}`,
      escapeForTerminal(result ?? 'begun, and never finished'),
      escapeForTerminal(`(${askedBy})`),
    ]);
  return [style.dim('Done in this root before:'), ...table(rows).map((line) => style.dim(line))];
}

interface ListenerSections {
  readonly sections: readonly (readonly string[])[];
  /** Of those whose verdict is explained. */
  readonly explanations: readonly (readonly string[])[];
}

/** What a report for a person says of those who listen: a line for each, what was or would be done, and why. */
function listenerSections(report: DoctorReport, style: Style): ListenerSections {
  return {
    // After a reset the ledger has a line for each already.
    sections: [report.swept ? ledgerLines(report, style) : candidateTable(report), planLines(report, style)],
    explanations: report.candidates
      .map((candidate) => explain(candidate, style))
      .filter((lines) => lines.length > 0),
  };
}

function candidateTable({ candidates, generated_at: now }: DoctorReport): readonly string[] {
  if (candidates.length === 0) return [];
  const head = ['PORT', 'PID', 'VERSION', 'CLASS', 'WHY', 'MEMORY', 'AGE', 'ROOT'];
  return table([head, ...candidates.map((candidate) => candidateRow(candidate, new Date(now)))]);
}

function candidateRow(candidate: ReportCandidate, now: Date): readonly string[] {
  const { address, port, pid, package_version: version, cost, daemon_root: root, evidence } = candidate;
  // The same directory, by whatever name.
  const isOurs = evidence.some(({ fact, value }) => fact === 'root_marker' && value === 'same');
  return [
    address === '127.0.0.1' ? String(port) : `${address}:${port}`,
    String(pid ?? '?'),
    cut(escapeForTerminal(version ?? '-')),
    candidate.cleanup_class,
    candidate.live_in_root === null
      ? (candidate.skip_reason ?? 'proven orphan')
      : `${candidate.skip_reason ?? ''}, live there`,
    cost.resident_bytes === null ? '-' : formatBytes(cost.resident_bytes),
    cost.started_at === null ? '-' : formatAge(cost.started_at, now),
    isOurs ? 'this one' : escapeForTerminal(root ?? '-'),
  ];
}

/** A version is short; what somebody says instead may be long, and push the other columns out of sight. */
function cut(text: string): string {
  return text.length <= LONGEST_CELL ? text : `${text.slice(0, LONGEST_CELL - 1)}…`;
}

const LONGEST_CELL = 48;

/** With `--dry-run`: what a reset would do. */
function planLines({ plan }: DoctorReport, style: Style): readonly string[] {
  if (!plan) return [];
  const rows = plan.map(({ port, pid, action, reason, cleanup_class: cleanupClass }) => {
    return [`  ${port}`, pidOf(pid), action, reason ?? cleanupClass];
  });
  return [style.bold('A reset would do this (nothing was done):'), ...table(rows)];
}

/** With `--reset`: what became of each. */
function ledgerLines(report: DoctorReport, style: Style): readonly string[] {
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
