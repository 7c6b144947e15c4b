import { type Screen, wrap } from '../text/layout.js';
import type { Style } from '../text/terminal.js';
import { type DisplayStatus, DISPLAY_STATUSES, displayStatusOf } from './candidate.js';
import type { DoctorReport, ReportCandidate } from './report.js';

/**
 * Draws the fifty ports, one character each in groups of ten, and a legend. A narrow screen gets several lines, each
 * with its first port. A port number with several sockets shows the status that needs most attention. After a reset the
 * map shows the listeners that are left. A failed scan gives no map: its ports are not free but unknown.
 */
export function portMap(report: DoctorReport, { style, columns }: Screen): readonly string[] {
  const { first, end } = report.scope.ports;
  if (report.scope.could_not_look !== null)
    return wrap(`${first} to ${end - 1}: unknown, because the scan failed`, columns);
  const candidates = remainingIn(report);
  const statuses = Array.from({ length: end - first }, (_, index) =>
    displayStatusOf(candidates.filter(({ port }) => port === first + index)),
  );
  const cells = statuses.map((status) => (status ? painted(status, style) : style.dim('·')));
  const groups = Array.from({ length: Math.ceil(cells.length / 10) }, (_, index) =>
    cells.slice(index * 10, index * 10 + 10).join(''),
  );
  const used = DISPLAY_STATUSES.filter((status) => statuses.includes(status));
  const legend = [
    ...used.map((status) => ({
      text: `${painted(status, style)} ${status.meaning}`,
      width: status.meaning.length + 2,
    })),
    { text: '· free', width: 6 },
  ];
  return [...mapLines(groups, { first, end }, columns), ...legendLines(legend, columns)];
}

function mapLines(
  groups: readonly string[],
  { first, end }: { readonly first: number; readonly end: number },
  columns: number,
): readonly string[] {
  const label = String(first).length + 1;
  const isOneLine = label + groups.length * 11 + String(end).length <= columns;
  if (isOneLine) return [`${first} ${groups.join(' ')} ${end - 1}`];
  const perLine = Math.max(1, Math.floor((columns - label + 1) / 11));
  return Array.from({ length: Math.ceil(groups.length / perLine) }, (_, line) => {
    const those = groups.slice(line * perLine, (line + 1) * perLine);
    return `${first + line * perLine * 10} ${those.join(' ')}`;
  });
}

/** Lays out the legend. Its entries may be coloured, so that each has its width beside it. */
function legendLines(
  entries: readonly { readonly text: string; readonly width: number }[],
  columns: number,
): readonly string[] {
  const lines: { text: string; width: number }[] = [];
  for (const { text, width } of entries) {
    const last = lines.at(-1);
    if (last && last.width + 3 + width <= columns) {
      last.text += `   ${text}`;
      last.width += 3 + width;
    } else lines.push({ text: `     ${text}`, width: 5 + width });
  }
  return lines.map(({ text }) => text);
}

/** Returns the listeners that a reset has left. */
export function remainingIn({ candidates, swept = [] }: DoctorReport): readonly ReportCandidate[] {
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
