import { missingOf } from '../model/capabilities.js';
import { rangesText } from '../model/family.js';
import { hangingTable, type Screen, stepLines, wrap, wrapBehind } from '../text/layout.js';
import { escapeForTerminal, formatBytes, formatMoment, inertName } from '../text/terminal.js';
import { recentRuns } from './acts.js';
import { explain } from './explain.js';
import { type Group, groupedBy } from './groups.js';
import { listenerTable } from './listener-table.js';
import { portMap, remainingIn } from './port-map.js';
import type { DoctorReport, Finding, PlanEntry, ReportCandidate } from './report.js';
import { liveDaemonWords, needsWords } from './summary.js';
import { cleanupPathWords, isLeftAlone, listenerWords, processesWords, reasonWords } from './words.js';

/**
 * Formats the report for a person: whether something needs them, the map of the fifty ports, the listeners or what a
 * reset did with each, the last actions in this root, and last the findings with the commands to type. With `--explain`: the explanations only.
 */
export function formatText(report: DoctorReport, screen: Screen, { everyRow, asks }: TextOptions): string {
  const explanations = report.candidates
    .map((candidate) => explain(candidate, screen))
    .filter((lines) => lines.length > 0);
  if (explanations.length > 0) return join(explanations);
  return join([
    summaryLines(report, screen),
    portMap(report, screen),
    // The result of a reset already lists every listener, so it replaces the table.
    report.swept ? resetLines(report, screen, everyRow) : listenerTable(report, screen, everyRow),
    planLines(report, screen, { everyRow, asks }),
    recentLines(report, screen),
    findingLines(report, screen),
  ]);
}

export interface TextOptions {
  /** One row for each listener on a terminal, too. */
  readonly everyRow: boolean;
  /** Whether the reset of a dry run would ask, on a terminal, about what its user has to decide about. */
  readonly asks: boolean;
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

/** Lists the findings with the step for each: first what needs the user, most pressing first, last what is only said. */
function findingLines({ findings }: DoctorReport, screen: Screen): readonly string[] {
  const isPressing = ({ severity }: Finding): boolean => severity === 'attention';
  return [...findings.filter(isPressing), ...findings.filter((finding) => !isPressing(finding))].flatMap(
    (finding) => linesOf(finding, screen),
  );
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
 * was checked. Lists the capabilities that are missing.
 */
function scopeTexts({
  scope: { root, root_exists: exists, fence, capabilities },
}: DoctorReport): readonly string[] {
  const texts = [`Runtime root: ${inertName(root)}${exists === false ? ' (does not exist)' : ''}`];
  if (fence?.kind === 'pidfd') texts.push('Signals: reach only the process that was checked (by its pidfd)');
  if (fence?.kind === 'audit_token')
    texts.push('Signals: reach only the process that was checked (by its audit token)');
  if (fence?.kind === 'none') {
    const detail = escapeForTerminal(fence.why ?? '');
    texts.push(`Signals: none are sent, daemons are only asked to stop (no pidfd: ${detail})`);
  }
  const missing = missingOf(fence === null ? capabilities : { ...capabilities, signals_race_free: true });
  if (missing.length > 0) texts.push(`Missing here: ${missing.join('; ')}`);
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
function planLines(
  { plan, candidates }: DoctorReport,
  { style, columns }: Screen,
  { everyRow, asks }: TextOptions,
): readonly string[] {
  if (!plan) return [];
  const { told, others } = withoutOthers(plan, candidates);
  const rows = told.map(({ entry: { port, pid, action, reason }, own }) => {
    const words = own ? listenerWords(own) : reasonWords(reason ?? 'proven_orphan');
    return { port, pid, result: action === 'skip' ? 'leave alone' : action, words };
  });
  const heading = wrap('A reset would do this (nothing was done):', columns);
  const undecided = plan.filter(
    ({ action, cleanup_class: cleanupClass }) => action === 'retire' && cleanupClass === 'operator_required',
  );
  const pids = new Set(undecided.map(({ pid }) => pid)).size;
  const question = `On a terminal it asks before it retires the ${pids === 1 ? 'one' : pids} that ${pids === 1 ? 'is' : 'are'} not proven to be ${pids === 1 ? 'an orphan' : 'orphans'}. Elsewhere it does not ask: \`--only safe_auto\` retires only what is safe to retire.`;
  return [
    ...heading.map((line) => style.bold(line)),
    ...resultTable(rows, columns, everyRow),
    ...otherLines(others, columns),
    ...(asks && pids > 0 ? wrapBehind('  ', question, columns) : []),
  ];
}

/** Lists each entry of the three arrays of a reset (FR-005). */
function resetLines(
  { swept = [], skipped = [], failed = [], candidates }: DoctorReport,
  { style, columns }: Screen,
  everyRow: boolean,
): readonly string[] {
  const { told, others } = withoutOthers(
    skipped.map((entry) => ({ ...entry, reason: entry.skip_reason })),
    candidates,
  );
  const rows = [
    ...swept.map(({ port, pid, cleanup_path: path, reason }) => {
      return { port, pid, result: cleanupPathWords(path), words: reasonWords(reason) };
    }),
    ...told.map(({ entry: { port, pid, reason }, own }) => {
      return { port, pid, result: 'left alone', words: own ? listenerWords(own) : reasonWords(reason) };
    }),
    ...failed.map(({ port, pid, failure_reason: reason, detail }) => {
      return { port, pid, result: 'failed', words: `${reasonWords(reason)}: ${detail}` };
    }),
  ];
  const heading = `Retired ${swept.length}, left alone ${skipped.length}, failed ${failed.length}.`;
  return [
    ...wrap(heading, columns).map((line) => style.bold(line)),
    ...resultTable(rows, columns, everyRow),
    ...otherLines(others, columns),
  ];
}

/** Lays out what was done or would be done. On a terminal, equal entries are one row with all their ports and PIDs. */
function resultTable(rows: readonly ResultRow[], columns: number, everyRow: boolean): readonly string[] {
  const isEach = columns === Infinity || everyRow;
  const groups = isEach
    ? rows.map((row): Group<ResultRow> => [row])
    : groupedBy(rows, ({ port, pid, result, words }) => [result, words, pid === null && port]);
  return hangingTable(
    groups.map((those) => {
      const [{ result, words }] = those;
      const pids = [...new Set(those.flatMap(({ pid }) => pid ?? []))];
      const named = pids.length > 1 ? ` (PIDs ${rangesText(pids)})` : '';
      return [
        `  ${rangesText(those.map(({ port }) => port))}`,
        processesWords(those.map(({ pid }) => pid)),
        result,
        escapeForTerminal(`${words}${named}`),
      ];
    }),
    columns,
  );
}

interface ResultRow {
  readonly port: number;
  readonly pid: number | null;
  readonly result: string;
  readonly words: string;
}

/**
 * Separates the entries that are told one by one, each with the listener whose own reason it has, from the others: those
 * that a reset left alone only because they were not asked for. A single one of these is told, too.
 */
function withoutOthers<Entry extends Pick<PlanEntry, 'port' | 'pid' | 'reason'>>(
  entries: readonly Entry[],
  candidates: readonly ReportCandidate[],
): { readonly told: readonly Told<Entry>[]; readonly others: number } {
  const all = entries.map((entry): Told<Entry> => {
    const of = candidates.filter(({ port, pid }) => port === entry.port && pid === entry.pid);
    const isOwn = (one: ReportCandidate): boolean =>
      entry.reason === NOT_SELECTED ? isLeftAlone(one) : one.skip_reason === entry.reason;
    return { entry, own: of.find(isOwn) };
  });
  const told = all.filter(({ entry, own }) => entry.reason !== NOT_SELECTED || own);
  const others = all.length - told.length;
  return others === 1 ? { told: all, others: 0 } : { told, others };
}

const NOT_SELECTED = 'not_selected';

interface Told<Entry> {
  readonly entry: Entry;
  readonly own: ReportCandidate | undefined;
}

function otherLines(others: number, columns: number): readonly string[] {
  return others === 0 ? [] : wrapBehind('  ', `${others} others: not asked for, left alone`, columns);
}

/** Lists the last actions in this root, to answer "what stopped my daemon?". Equal ones of one run are one line. */
function recentLines(
  { recent, generated_at: now }: DoctorReport,
  { style, columns }: Screen,
): readonly string[] {
  if (recent.length === 0) return [];
  const rows = recentRuns(recent).map(({ at, ports, processes, words }) => [
    `  ${formatMoment(at, new Date(now))}`,
    ports,
    processes,
    escapeForTerminal(words),
  ]);
  return [
    ...wrap('Done in this root before (`history` has each):', columns),
    ...hangingTable(rows, columns),
  ].map((line) => style.dim(line));
}
