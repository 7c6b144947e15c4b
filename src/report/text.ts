import { hangingTable, type Screen, stepLines, wrap, wrapBehind } from '../text/layout.js';
import { escapeForTerminal, formatBytes, formatMoment } from '../text/terminal.js';
import { displayStatusOf } from './candidate.js';
import { explain } from './explain.js';
import { listenerTable } from './listener-table.js';
import { portMap, remainingIn } from './port-map.js';
import type { DoctorReport, Finding, ReportCandidate } from './report.js';
import { actWords, cleanupPathWords, listenerWords, reasonWords } from './words.js';

/**
 * Formats the report for a person: whether something needs them, the map of the fifty ports, the listeners or what a
 * reset did with each, the last actions in this root, and last the findings, so that the commands to type end the
 * screen. With `--explain`: the explanations only.
 * @param everyRow one row for each listener on a terminal, too
 */
export function formatText(report: DoctorReport, screen: Screen, everyRow: boolean): string {
  const explanations = report.candidates
    .map((candidate) => explain(candidate, screen))
    .filter((lines) => lines.length > 0);
  if (explanations.length > 0) return join(explanations);
  return join([
    summaryLines(report, screen),
    portMap(report, screen),
    // The result of a reset already lists every listener, so it replaces the table.
    report.swept ? resetLines(report, screen) : listenerTable(report, screen, everyRow),
    planLines(report, screen),
    recentLines(report, screen),
    findingLines(report, screen),
  ]);
}

function join(sections: readonly (readonly string[])[]): string {
  const texts = sections.filter((lines) => lines.length > 0).map((lines) => lines.join('\n'));
  return `${texts.join('\n\n')}\n`;
}

/** Says what needs the user, in one sentence, and in which root. */
function summaryLines(report: DoctorReport, { style, columns }: Screen): readonly string[] {
  const needs = needsYou(report);
  const paint = needs === null ? style.green : style.yellow;
  const [first = '', ...more] = wrap(
    `${needs ?? NOTHING} ${freed(report)}${liveDaemon(report)}`.trimEnd(),
    columns,
  );
  // The sentence ends on the first line unless the screen is very narrow.
  const end = first.indexOf('.') + 1;
  return [
    end === 0 ? paint(first) : `${paint(first.slice(0, end))}${first.slice(end)}`,
    ...more,
    ...scopeTexts(report).flatMap((text) => wrap(text, columns).map((line) => style.dim(line))),
  ];
}

const NOTHING = 'Nothing needs attention.';

/** Counts what needs the user; null if nothing does. */
function needsYou(report: DoctorReport): string | null {
  const findings = report.findings.filter(({ severity }) => severity === 'attention');
  if (findings.length === 0) return null;
  const left = remainingIn(report);
  const orphans = countWith(left, 'orphan');
  const undecided = countWith(left, 'needs-you');
  const others = findings.filter(({ id }) => !ABOUT_LISTENERS.test(id)).length;
  const parts = [
    ...(orphans > 0 ? [counted(orphans, 'orphan')] : []),
    ...(undecided > 0 ? [`${counted(undecided, 'daemon')} to decide about`] : []),
    ...(others > 0 ? [counted(others, orphans + undecided > 0 ? 'other finding' : 'finding')] : []),
  ];
  return `Needs you: ${parts.join(', ')}.`;
}

/** The findings about listeners that the port map shows as `orphan` or `needs you`. */
const ABOUT_LISTENERS = /^(?:orphaned_daemons|unknown_command_line|operator_required\.(?!other_user).*)$/;

function countWith(candidates: readonly ReportCandidate[], name: 'orphan' | 'needs-you'): number {
  const those = candidates.filter((candidate) => displayStatusOf([candidate])?.name === name);
  return new Set(those.map((candidate) => candidate.pid ?? candidate)).size;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/**
 * Lists the findings with the step for each. The most pressing one is the last, because what a screen shows last is
 * seen first; of findings without a step there is nothing to type, so they come before.
 */
function findingLines({ findings }: DoctorReport, screen: Screen): readonly string[] {
  const isLater = ({ severity, remediation }: Finding): number =>
    (severity === 'attention' ? 2 : 0) + (remediation ? 1 : 0);
  return findings
    .toReversed()
    .toSorted((one, other) => isLater(one) - isLater(other))
    .flatMap((finding) => linesOf(finding, screen));
}

function linesOf({ severity, summary, remediation }: Finding, screen: Screen): readonly string[] {
  const { style, columns } = screen;
  const isPressing = severity === 'attention';
  const [first = '', ...more] = wrapBehind(isPressing ? '! ' : '- ', escapeForTerminal(summary), columns);
  const mark = isPressing ? style.yellow('!') : style.dim('-');
  if (!remediation) return [`${mark}${first.slice(1)}`, ...more];
  const command = remediation.command === null ? null : escapeForTerminal(remediation.command);
  const step = stepLines({ command, effect: escapeForTerminal(remediation.effect) }, screen);
  return [`${mark}${first.slice(1)}`, ...more, ...step];
}

/**
 * Names the runtime root, and, if a reset has something to signal, says whether its signals reach only the process that
 * was checked.
 */
function scopeTexts({ scope: { root, fence } }: DoctorReport): readonly string[] {
  const texts = [`Runtime root: ${escapeForTerminal(root)}`];
  if (fence?.kind === 'pidfd') texts.push('Signals: reach only the process that was checked (by its pidfd)');
  if (fence?.kind === 'none') {
    const detail = escapeForTerminal(fence.why ?? '');
    texts.push(`Signals: none are sent, daemons are only asked to stop (no pidfd: ${detail})`);
  }
  return texts;
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

/** Lists what a reset would do, for `--dry-run`. */
function planLines({ plan }: DoctorReport, { style, columns }: Screen): readonly string[] {
  if (!plan) return [];
  const rows = plan.map(({ port, pid, action, reason }) => [
    `  ${port}`,
    pidWords(pid),
    action === 'skip' ? 'leave alone' : action,
    escapeForTerminal(reasonWords(reason ?? 'proven_orphan')),
  ]);
  const heading = wrap('A reset would do this (nothing was done):', columns);
  return [...heading.map((line) => style.bold(line)), ...hangingTable(rows, columns)];
}

/** Lists each entry of the three arrays of a reset (FR-005). */
function resetLines(
  { swept = [], skipped = [], failed = [], candidates }: DoctorReport,
  { style, columns }: Screen,
): readonly string[] {
  const rows = [
    ...swept.map(({ port, pid, cleanup_path: path, reason }) => {
      return { port, pid, result: cleanupPathWords(path), words: reasonWords(reason) };
    }),
    ...skipped.map(({ port, pid, skip_reason: reason }) => {
      const of = candidates.find((one) => one.port === port && one.pid === pid && one.skip_reason === reason);
      return { port, pid, result: 'left alone', words: of ? listenerWords(of) : reasonWords(reason) };
    }),
    ...failed.map(({ port, pid, failure_reason: reason, detail }) => {
      return { port, pid, result: 'failed', words: `${reasonWords(reason)}: ${detail}` };
    }),
  ];
  return [
    style.bold(`Retired ${swept.length}, left alone ${skipped.length}, failed ${failed.length}.`),
    ...hangingTable(
      rows.map(({ port, pid, result, words }) => [
        `  ${port}`,
        pidWords(pid),
        result,
        escapeForTerminal(words),
      ]),
      columns,
    ),
  ];
}

/** Lists the last actions in this root, to answer "what stopped my daemon?". */
function recentLines(
  { recent, generated_at: now }: DoctorReport,
  { style, columns }: Screen,
): readonly string[] {
  if (recent.length === 0) return [];
  const rows = recent
    .slice(0, 5)
    .map(({ at, pid, port, asked_by: askedBy, result }) => [
      `  ${formatMoment(at, new Date(now))}`,
      String(port),
      pidWords(pid),
      escapeForTerminal(`${result === null ? 'begun, and never finished' : actWords(result)} (${askedBy})`),
    ]);
  return ['Done in this root before:', ...hangingTable(rows, columns)].map((line) => style.dim(line));
}

/** @param pid 0 in the journal if it is unknown */
function pidWords(pid: number | null): string {
  return `PID ${pid === null || pid === 0 ? 'unknown' : pid}`;
}
