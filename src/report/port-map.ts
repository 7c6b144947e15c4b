import type { Style } from '../text/terminal.js';
import { type DisplayStatus, DISPLAY_STATUSES, displayStatusOf } from './candidate.js';
import type { DoctorReport, ReportCandidate } from './report.js';

/**
 * Draws the fifty ports, one character each in groups of ten, and a legend. A port number with several sockets shows
 * the status that needs most attention. After a reset the map shows the listeners that are left. A failed scan gives no
 * map: its ports are not free but unknown.
 */
export function portMap(report: DoctorReport, style: Style): readonly string[] {
  const { first, end } = report.scope.ports;
  if (report.scope.could_not_look !== null)
    return [`${first} to ${end - 1}: unknown, because the scan failed`];
  const candidates = remainingIn(report);
  const statuses = Array.from({ length: end - first }, (_, index) =>
    displayStatusOf(candidates.filter(({ port }) => port === first + index)),
  );
  const cells = statuses.map((status) => (status ? painted(status, style) : style.dim('·')));
  const groups = Array.from({ length: Math.ceil(cells.length / 10) }, (_, index) =>
    cells.slice(index * 10, index * 10 + 10).join(''),
  );
  const used = DISPLAY_STATUSES.filter((status) => statuses.includes(status));
  const legend = [...used.map((status) => `${painted(status, style)} ${status.meaning}`), '· free'];
  return [
    `${first} ${groups.join(' ')} ${end - 1}`,
    `${' '.repeat(String(first).length)} ${legend.join('   ')}`,
  ];
}

function remainingIn({ candidates, swept = [] }: DoctorReport): readonly ReportCandidate[] {
  return candidates.filter(({ pid }) => !swept.some((entry) => entry.pid === pid));
}

function painted({ name }: DisplayStatus, style: Style): string {
  const { sign, paint } = SIGNS[name];
  return paint(style, sign);
}

const SIGNS: Readonly<
  Record<DisplayStatus['name'], { sign: string; paint: (style: Style, text: string) => string }>
> = {
  orphan: { sign: 'O', paint: (style, text) => style.red(text) },
  'needs-you': { sign: '?', paint: (style, text) => style.yellow(text) },
  live: { sign: 'L', paint: (style, text) => style.green(text) },
  'not-ours': { sign: 'x', paint: (style, text) => style.dim(text) },
};
