import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { budgetText, type Figure } from './figures.js';
import { type Gauge, round } from './gauges/gauge.js';

/** The results of one run, as `--json` prints them. */
export interface BenchReport {
  readonly schema_version: 1;
  readonly date: string;
  readonly node: string;
  readonly cores: number;
  readonly figures: readonly Figure[];
  readonly gauges: readonly Gauge[];
}

const PAGE = resolve('docs/benchmarks.md');
const BEGIN = '<!-- One run, written by `npm run bench -- --write`. -->';
const END = '<!-- End of the run. -->';

/** Replaces the results in docs/benchmarks.md. */
export function writePage(report: BenchReport): void {
  const page = readFileSync(PAGE, 'utf8');
  const from = page.indexOf(BEGIN);
  const to = page.indexOf(END);
  if (from < 0 || to < from) throw new Error(`${PAGE} has lost the marks between which a run stands`);
  writeFileSync(PAGE, `${page.slice(0, from)}${BEGIN}\n\n${sectionOf(report)}\n${page.slice(to)}`);
}

function sectionOf(report: BenchReport): string {
  const { date, node, cores, figures, gauges } = report;
  const met = (isMet: boolean): string => (isMet ? '' : ' **missed**');
  return [
    `${date}, Node ${node}, ${cores} cores.`,
    '',
    row('subject', 'median', 'beside', 'ratio', 'budget'),
    row('---', '---', '---', '---', '---'),
    ...figures.map((figure) =>
      row(
        figure.subject,
        `${figure.subject_ms} ms`,
        `${figure.reference}: ${figure.reference_ms} ms`,
        figure.ratio.toFixed(2),
        (figure.budget ? budgetText(figure.budget) : '-') + met(figure.met),
      ),
    ),
    '',
    row('what', 'value', 'budget'),
    row('---', '---', '---'),
    ...gauges.map(({ what, value, unit, most, met: isMet }) =>
      row(
        what,
        `${round(value)} ${unit}`,
        (most === null ? '-' : `at most ${round(most)} ${unit}`) + met(isMet),
      ),
    ),
    '',
    '<details><summary>The same for a program</summary>',
    '',
    '```json',
    JSON.stringify(report, null, 2),
    '```',
    '',
    '</details>',
    '',
  ].join('\n');
}

function row(...cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
