import { escapeForTerminal, formatAge, formatBytes, type Style, table } from '../text/terminal.js';
import { explain } from './explain.js';
import { portMap } from './port-map.js';
import type { DoctorReport, Finding, ReportCandidate } from './report.js';
import { actWords, classWords, cleanupPathWords, reasonWords, verdictReasonWords } from './words.js';

/**
 * Formats the report for a person: what to do, the map of the fifty ports, a line for each listener or reset entry, and
 * the last actions in this root. With `--explain`: the explanations only.
 */
export function formatText(report: DoctorReport, style: Style): string {
  const explanations = report.candidates
    .map((candidate) => explain(candidate, style))
    .filter((lines) => lines.length > 0);
  if (explanations.length > 0) return join(explanations);
  return join([
    whatToDo(report, style),
    portMap(report, style),
    // The result of a reset already lists every listener, so it replaces the table.
    report.swept ? resetLines(report, style) : candidateTable(report),
    planLines(report, style),
    recentLines(report, style),
  ]);
}

function join(sections: readonly (readonly string[])[]): string {
  const texts = sections.filter((lines) => lines.length > 0).map((lines) => lines.join('\n'));
  return `${texts.join('\n\n')}\n`;
}

function whatToDo(report: DoctorReport, style: Style): readonly string[] {
  const findings = report.findings.flatMap((finding) => findingLines(finding, style));
  const scope = scopeLines(report).map((line) => style.dim(line));
  if (report.findings.some(({ severity }) => severity === 'attention')) return [...findings, ...scope];
  return [
    `${style.green('Nothing needs attention.')} ${freed(report)}${liveDaemon(report)}`,
    ...findings,
    ...scope,
  ];
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

/**
 * Names the runtime root, and, if a reset has something to signal, says whether its signals reach only the process that
 * was checked.
 */
function scopeLines({ scope: { root, fence } }: DoctorReport): readonly string[] {
  const lines = [`Runtime root: ${escapeForTerminal(root)}`];
  if (fence?.kind === 'pidfd') lines.push('Signals: reach only the process that was checked (by its pidfd)');
  if (fence?.kind === 'none') {
    const detail = escapeForTerminal(fence.why ?? '');
    lines.push(`Signals: none are sent, daemons are only asked to stop (no pidfd: ${detail})`);
  }
  return lines;
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
  const port = daemon.port ?? 'unknown';
  switch (daemon.state) {
    case 'healthy':
      return `The live daemon answers on port ${port}.`;
    case 'unresponsive':
      return `The recorded daemon (port ${port}) does not answer.`;
    case 'not_listening':
      return `The recorded daemon (port ${port}) is not listening.`;
    case 'elsewhere':
      return `The recorded daemon (port ${port}) runs on another machine or network.`;
    case 'unknown':
      return `The recorded daemon (port ${port}) cannot be determined.`;
  }
}

function candidateTable({ candidates, generated_at: now }: DoctorReport): readonly string[] {
  if (candidates.length === 0) return [];
  const head = ['PORT', 'PID', 'VERSION', 'CLASS', 'WHY', 'MEMORY', 'AGE', 'ROOT'];
  return table([head, ...candidates.map((candidate) => candidateRow(candidate, new Date(now)))]);
}

function candidateRow(candidate: ReportCandidate, now: Date): readonly string[] {
  const { address, port, pid, package_version: version, cost, daemon_root: root, evidence } = candidate;
  // The fact compares the identity of the directory, because two paths may name the same directory.
  const isOurs = evidence.some(({ fact, value }) => fact === 'root_marker' && value === 'same');
  return [
    address === '127.0.0.1' ? String(port) : `${address}:${port}`,
    String(pid ?? '?'),
    cut(escapeForTerminal(version ?? '-')),
    classWords(candidate),
    cut(escapeForTerminal(verdictReasonWords(candidate))),
    cost.resident_bytes === null ? '-' : formatBytes(cost.resident_bytes),
    cost.started_at === null ? '-' : formatAge(cost.started_at, now),
    isOurs ? 'this one' : escapeForTerminal(root ?? '-'),
  ];
}

/**
 * Shortens a cell, so that the columns to its right stay in sight: a process may state a version of any length (pitfall
 * 33).
 */
function cut(text: string): string {
  return text.length <= LONGEST_CELL ? text : `${text.slice(0, LONGEST_CELL - 1)}…`;
}

const LONGEST_CELL = 48;

/** Lists what a reset would do, for `--dry-run`. */
function planLines({ plan }: DoctorReport, style: Style): readonly string[] {
  if (!plan) return [];
  const rows = plan.map(({ port, pid, action, reason }) => [
    `  ${port}`,
    pidWords(pid),
    action === 'skip' ? 'leave alone' : action,
    escapeForTerminal(reasonWords(reason ?? 'proven_orphan')),
  ]);
  return [style.bold('A reset would do this (nothing was done):'), ...table(rows)];
}

/** Lists each entry of the three arrays of a reset on one line (FR-005). */
function resetLines(
  { swept = [], skipped = [], failed = [] }: DoctorReport,
  style: Style,
): readonly string[] {
  const rows = [
    ...swept.map(({ port, pid, cleanup_path: path, reason }) => {
      return { port, pid, result: 'retired', words: `${cleanupPathWords(path)} (${reasonWords(reason)})` };
    }),
    ...skipped.map(({ port, pid, skip_reason: reason }) => {
      return { port, pid, result: 'left alone', words: reasonWords(reason) };
    }),
    ...failed.map(({ port, pid, failure_reason: reason, detail }) => {
      return { port, pid, result: 'failed', words: `${reasonWords(reason)}: ${detail}` };
    }),
  ];
  return [
    style.bold(`Retired ${swept.length}, left alone ${skipped.length}, failed ${failed.length}.`),
    ...table(
      rows.map(({ port, pid, result, words }) => [
        `  ${port}`,
        pidWords(pid),
        result,
        escapeForTerminal(words),
      ]),
    ),
  ];
}

/** Lists the last actions in this root, to answer "what stopped my daemon?". */
function recentLines({ recent, generated_at: now }: DoctorReport, style: Style): readonly string[] {
  if (recent.length === 0) return [];
  const rows = recent
    .slice(0, 5)
    .map(({ at, pid, port, asked_by: askedBy, result }) => [
      `  ${formatAge(at, new Date(now))} ago`,
      String(port),
      pidWords(pid),
      escapeForTerminal(result === null ? 'begun, and never finished' : actWords(result)),
      escapeForTerminal(`(${askedBy})`),
    ]);
  return [style.dim('Done in this root before:'), ...table(rows).map((line) => style.dim(line))];
}

/** @param pid 0 in the journal if it is unknown */
function pidWords(pid: number | null): string {
  return `PID ${pid === null || pid === 0 ? 'unknown' : pid}`;
}
