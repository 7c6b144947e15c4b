import { hangingTable, type Screen, stepLines, wrap, wrapBehind } from '../text/layout.js';
import { escapeForTerminal, formatBytes, formatMoment, inertName } from '../text/terminal.js';
import { explain } from './explain.js';
import { listenerTable } from './listener-table.js';
import { portMap, remainingIn } from './port-map.js';
import type { DoctorReport, Finding } from './report.js';
import { liveDaemonWords, needsWords } from './summary.js';
import { cleanupPathWords, listenerWords, pidWords, reasonWords, recentActWords } from './words.js';

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
  const needs = needsWords(report.findings, remainingIn(report));
  const paint = needs === null ? style.green : style.yellow;
  const [first = '', ...more] = wrap(
    `${needs === null ? NOTHING : `Needs you: ${needs}.`} ${freed(report)}${liveDaemonWords(report.daemon)}`.trimEnd(),
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
  const texts = [`Runtime root: ${inertName(root)}`];
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
    .map((act) => [
      `  ${formatMoment(act.at, new Date(now))}`,
      String(act.port),
      pidWords(act.pid),
      escapeForTerminal(recentActWords(act)),
    ]);
  return ['Done in this root before:', ...hangingTable(rows, columns)].map((line) => style.dim(line));
}
