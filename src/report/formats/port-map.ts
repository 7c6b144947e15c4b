import type { DoctorReport, ReportCandidate } from '../../model/report.js';
import type { Style } from './style.js';

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
  const used = SIGNS.filter(({ is }) => candidates.some(is));
  const legend = [...used.map(({ sign, meaning, paint }) => `${paint(style, sign)} ${meaning}`), '· free'];
  return [
    `${first} ${groups.join(' ')} ${end - 1}`,
    `${' '.repeat(String(first).length)} ${legend.join('   ')}`,
  ];
}

function stillThere({ candidates, swept = [] }: DoctorReport): readonly ReportCandidate[] {
  return candidates.filter(({ pid }) => !swept.some((entry) => entry.pid === pid));
}

interface Sign {
  readonly sign: string;
  readonly meaning: string;
  readonly is: (candidate: ReportCandidate) => boolean;
  readonly paint: (style: Style, text: string) => string;
}

/** Most pressing first. */
const SIGNS: readonly Sign[] = [
  {
    sign: 'O',
    meaning: 'orphan',
    is: ({ cleanup_class: cleanupClass }) => cleanupClass === 'safe_auto',
    paint: (style, text) => style.red(text),
  },
  {
    sign: '?',
    meaning: 'needs you',
    is: (candidate) => candidate.cleanup_class === 'operator_required' && candidate.live_in_root === null,
    paint: (style, text) => style.yellow(text),
  },
  {
    sign: 'L',
    meaning: 'live daemon',
    is: ({ skip_reason: reason, live_in_root: root }) => reason === 'recorded_singleton' || root !== null,
    paint: (style, text) => style.green(text),
  },
  {
    sign: 'x',
    meaning: 'not ours',
    is: ({ cleanup_class: cleanupClass }) => cleanupClass === 'never_touch',
    paint: (style, text) => style.dim(text),
  },
];

function cell(candidates: readonly ReportCandidate[], style: Style): string {
  const sign = SIGNS.find(({ is }) => candidates.some(is));
  return sign ? sign.paint(style, sign.sign) : style.dim('·');
}
