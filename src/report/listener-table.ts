import { type Column, cut, fitTable, type Screen, wrap } from '../text/layout.js';
import {
  displayWidth,
  escapeForTerminal,
  formatAge,
  formatBytes,
  inertName,
  table,
} from '../text/terminal.js';
import type { DoctorReport, ReportCandidate } from './report.js';
import { classWords, listenerWords, rootWords } from './words.js';

/**
 * Lays out the listeners, one row each. On a terminal a run of equal listeners on adjacent ports is one row, and columns
 * are shortened and dropped until the table fits.
 * @param everyRow one row for each listener on a terminal, too
 */
export function listenerTable(
  { candidates, generated_at: generatedAt }: DoctorReport,
  { style, columns }: Screen,
  everyRow: boolean,
): readonly string[] {
  if (candidates.length === 0) return [];
  const isTerminal = columns !== Infinity;
  const runs = isTerminal && !everyRow ? runsOf(candidates) : candidates.map((one): Run => [one]);
  const whole = runs.map((run) => rowOf(run, new Date(generatedAt)));
  const isWide = table(whole).some((line) => displayWidth(line) > columns);
  const rows = isWide ? withShortRoots(whole) : whole;
  const lines = fitTable(columnsFor(columns), rows, columns);
  const heads = lines[0]?.split(/ +/) ?? [];
  const dropped = columnsFor(columns).flatMap(({ head }) => (heads.includes(head) ? [] : [head]));
  const notes = [
    ...(runs.length < candidates.length ? ['--all shows one row for each listener.'] : []),
    ...(dropped.length > 0 ? [`A wider terminal shows ${dropped.join(', ')} too.`] : []),
  ];
  return [
    ...lines,
    ...(notes.length > 0 ? wrap(notes.join(' '), columns).map((line) => style.dim(line)) : []),
  ];
}

/** The order in which columns are dropped ends with what a user decides by: the ports, what listens, class and root. */
const columnsFor = (columns: number): readonly Column[] => [
  { head: 'PORT', least: 12, keepsEnd: true },
  // What a listener is takes nearly half of a narrow screen; on 80 columns class and root have room beside it.
  { head: 'WHAT', least: Math.min(columns < 87 ? 27 : 34, Math.max(20, Math.floor(columns * 0.45))) },
  { head: 'VERSION', least: 11, dropOrder: 5 },
  { head: 'MEMORY', least: Infinity, dropOrder: 6 },
  { head: 'AGE', least: Infinity, dropOrder: 4 },
  { head: 'PID', least: Infinity, dropOrder: 3 },
  { head: 'CLASS', least: Infinity, dropOrder: 1 },
  { head: 'ROOT', least: 24, dropOrder: 2, keepsEnd: true },
];

/** Shortens the roots by the folders that all of them begin with: `…/work-home/.spec-kitty`. */
function withShortRoots(rows: readonly (readonly string[])[]): readonly (readonly string[])[] {
  const paths = rows.flatMap((row) => row.at(-1) ?? []).filter((root) => root.startsWith('/'));
  const [first = [], ...others] = paths.map((path) => path.split('/').slice(0, -END_FOLDERS));
  const differs = first.findIndex((folder, index) => others.some((other) => other[index] !== folder));
  const common = (differs < 0 ? first : first.slice(0, differs)).join('/');
  if (common === '') return rows;
  return rows.map((row) => {
    const root = row.at(-1) ?? '';
    return root.startsWith(`${common}/`) ? [...row.slice(0, -1), `…${root.slice(common.length)}`] : row;
  });
}

/** The last folders of a root, which are shown: `.spec-kitty` alone would tell no root from another. */
const END_FOLDERS = 2;

/** Equal listeners on adjacent ports, each a process of its own. */
type Run = readonly [ReportCandidate, ...ReportCandidate[]];

function runsOf(candidates: readonly ReportCandidate[]): readonly Run[] {
  const runs: Run[] = [];
  for (const candidate of candidates) {
    const run = runs.at(-1);
    if (run && continues(run, candidate)) runs[runs.length - 1] = [...run, candidate];
    else runs.push([candidate]);
  }
  return runs;
}

function continues(run: Run, candidate: ReportCandidate): boolean {
  const last = run.at(-1) ?? run[0];
  return (
    candidate.port === last.port + 1 &&
    [last, candidate].every(({ address, pid }) => address === LOOPBACK && pid !== null) &&
    run.every(({ pid }) => pid !== candidate.pid) &&
    listenerWords(candidate) === listenerWords(last) &&
    classWords(candidate) === classWords(last) &&
    rootWords(candidate) === rootWords(last)
  );
}

const LOOPBACK = '127.0.0.1';

function rowOf(run: Run, now: Date): readonly string[] {
  const [first] = run;
  const last = run.at(-1) ?? first;
  const bytes = run.flatMap(({ cost }) => cost.resident_bytes ?? []);
  const versions = run.flatMap(({ package_version: version }) => version ?? []).toSorted(byVersion);
  const starts = run.flatMap(({ cost }) => cost.started_at ?? []).toSorted();
  return [
    first.address === LOOPBACK
      ? span(String(first.port), String(last.port))
      : `${first.address}:${first.port}`,
    cell(run.length === 1 ? listenerWords(first) : runWords(first, run.length)),
    span(...endsOf(versions.map((version) => cell(inertName(version))))),
    bytes.length === 0 ? '-' : formatBytes(bytes.reduce((sum, each) => sum + each, 0)),
    ageSpan(...endsOf(starts.toReversed().map((at) => formatAge(at, now)))),
    run.length === 1 ? String(first.pid ?? '?') : '',
    classWords(first),
    first.daemon_root === rootWords(first) ? inertName(first.daemon_root) : rootWords(first),
  ];
}

function runWords(first: ReportCandidate, count: number): string {
  return first.cleanup_class === 'safe_auto'
    ? `${count} proven orphans`
    : `${count} × ${listenerWords(first)}`;
}

/** Escapes and shortens text of a process, which may be of any length (pitfall 33). */
function cell(text: string): string {
  return cut(escapeForTerminal(text), LONGEST_CELL);
}

const LONGEST_CELL = 48;

/** Compares versions, for sorting. */
export function byVersion(one: string, other: string): number {
  return one.localeCompare(other, 'en', { numeric: true });
}

function endsOf(sorted: readonly string[]): readonly [string, string] {
  return [sorted[0] ?? '-', sorted.at(-1) ?? '-'];
}

function ageSpan(from: string, to: string): string {
  const [number = '', unit] = from.split(' ');
  return span(from !== to && unit === to.split(' ')[1] ? number : from, to);
}

function span(from: string, to: string): string {
  return from === to ? from : `${from}–${to}`;
}
