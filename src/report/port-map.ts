import type { DoctorReport, ReportCandidate } from './report.js';
import { type DisplayStatus, DISPLAY_STATUSES, displayStatusOf } from './candidate.js';
import type { Style } from '../text/terminal.js';

/**
 * The fifty ports at a glance: one character a port, ten to a group. Several sockets on one port number show as the
 * one that needs most attention. After a reset it shows what is left.
 */
export function portMap(report: DoctorReport, style: Style): readonly string[] {
  const { first, end } = report.scope.ports;
  const candidates = stillThere(report);
  const groups: string[] = [];
  for (let start = first; start < end; start += 10) {
    const ports = Array.from({ length: Math.min(10, end - start) }, (_, index) => start + index);
    groups.push(
      ports
        .map((port) =>
          cell(
            candidates.filter((candidate) => candidate.port === port),
            style,
          ),
        )
        .join(''),
    );
  }
  const drawn = candidates.map(({ port }) =>
    displayStatusOf(candidates.filter((other) => other.port === port)),
  );
  const used = DISPLAY_STATUSES.filter((standing) => drawn.includes(standing));
  const legend = [...used.map((standing) => `${painted(standing, style)} ${standing.meaning}`), '· free'];
  return [
    `${first} ${groups.join(' ')} ${end - 1}`,
    `${' '.repeat(String(first).length)} ${legend.join('   ')}`,
  ];
}

function stillThere({ candidates, swept = [] }: DoctorReport): readonly ReportCandidate[] {
  return candidates.filter(({ pid }) => !swept.some((entry) => entry.pid === pid));
}

/** One character each, and its colour. */
const SIGNS: Readonly<
  Record<DisplayStatus['name'], { sign: string; paint: (style: Style, text: string) => string }>
> = {
  orphan: { sign: 'O', paint: (style, text) => style.red(text) },
  'needs-you': { sign: '?', paint: (style, text) => style.yellow(text) },
  live: { sign: 'L', paint: (style, text) => style.green(text) },
  'not-ours': { sign: 'x', paint: (style, text) => style.dim(text) },
};

function cell(candidates: readonly ReportCandidate[], style: Style): string {
  const standing = displayStatusOf(candidates);
  return standing ? painted(standing, style) : style.dim('·');
}

function painted({ name }: DisplayStatus, style: Style): string {
  const { sign, paint } = SIGNS[name];
  return paint(style, sign);
}
