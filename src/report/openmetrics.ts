import type { DoctorReport, ReportCandidate } from './report.js';
import { CLEANUP_CLASSES } from '../model/verdict.js';

/**
 * Formats the report as metrics, for node_exporter's textfile collector. All metrics are gauges: parsers of OpenMetrics
 * and of Prometheus' older text format read gauges the same, and the older format has no other type that fits. Every
 * sample has the root as a label, because node_exporter drops a series that two files share.
 */
export function formatOpenMetrics(report: DoctorReport): string {
  const { findings, scope, policy, generated_at: at } = report;
  const couldLook = scope.could_not_look === null;
  const families: readonly Family[] = [
    family(
      'spec_kitty_doctor_last_run_timestamp_seconds',
      'When doctor last looked, in seconds since 1970.',
      [sample({}, Date.parse(at) / 1000)],
    ),
    family(
      'spec_kitty_doctor_could_look',
      'Whether it could scan the listeners; 0 means that there are no values of listeners.',
      [sample({}, couldLook ? 1 : 0)],
    ),
    family('spec_kitty_doctor_policy', 'The policy that judged, always 1.', [
      sample({ source: policy.source, sha256: policy.sha256 }, 1),
    ]),
    family(
      'spec_kitty_doctor_findings',
      'Findings, by whether they need attention.',
      (['attention', 'info'] as const).map((severity) =>
        sample({ severity }, findings.filter((finding) => finding.severity === severity).length),
      ),
    ),
    ...(couldLook ? listenerFamilies(report) : []),
  ];
  return `${families.flatMap((each) => linesOf(each, scope.root)).join('\n')}\n# EOF\n`;
}

function listenerFamilies({ candidates, scope, daemon }: DoctorReport): readonly Family[] {
  const stale = candidates.filter(isStale);
  const taken = new Set(candidates.map(({ port }) => port)).size;
  return [
    family(
      'spec_kitty_sync_listeners',
      'Listeners on the sync ports, by what may be done about them.',
      CLEANUP_CLASSES.map((name) => sample({ cleanup_class: name }, count(candidates, name))),
    ),
    family(
      'spec_kitty_sync_listeners_by_reason',
      'The same by reason; a proven orphan has the reason none.',
      byReason(candidates),
    ),
    family(
      'spec_kitty_sync_orphans_by_version',
      'Proven orphans, by the version that they report.',
      byVersion(candidates),
    ),
    family('spec_kitty_sync_ports_free', 'Sync ports without a listener.', [
      sample({}, scope.ports.end - scope.ports.first - taken),
    ]),
    family('spec_kitty_sync_stale_resident_bytes', 'Memory held by daemons that this user could clean up.', [
      sample(
        {},
        sum(stale, ({ cost }) => cost.resident_bytes),
      ),
    ]),
    family('spec_kitty_sync_stale_cpu_seconds', 'CPU time used by daemons that this user could clean up.', [
      sample(
        {},
        sum(stale, ({ cost }) => cost.cpu_seconds),
      ),
    ]),
    family(
      'spec_kitty_sync_daemon',
      'The daemon that the state file of this root names: 1 for its state.',
      STATES.map((state) => sample({ state }, (daemon?.state ?? 'none') === state ? 1 : 0)),
    ),
  ];
}

const STATES = ['healthy', 'unresponsive', 'not_listening', 'elsewhere', 'unknown', 'none'] as const;

interface Family {
  readonly name: string;
  readonly help: string;
  readonly samples: readonly Sample[];
}

interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

function family(name: string, help: string, samples: readonly Sample[]): Family {
  return { name, help, samples };
}

function sample(labels: Sample['labels'], value: number): Sample {
  return { labels, value };
}

function linesOf({ name, help, samples }: Family, root: string): readonly string[] {
  return [
    `# TYPE ${name} gauge`,
    `# HELP ${name} ${help}`,
    ...samples.map(({ labels, value }) => {
      const words = Object.entries({ root, ...labels }).map(([label, word]) => `${label}="${escaped(word)}"`);
      return `${name}{${words.join(',')}} ${value}`;
    }),
  ];
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

/** Whether this user could clean up a daemon. Daemons of other users are in the reports of those users. */
function isStale({
  cleanup_class: cleanupClass,
  skip_reason: reason,
  live_in_root: root,
}: ReportCandidate): boolean {
  return cleanupClass !== 'never_touch' && reason !== 'other_user' && root === null;
}

function count(candidates: readonly ReportCandidate[], name: ReportCandidate['cleanup_class']): number {
  return candidates.filter(({ cleanup_class: cleanupClass }) => cleanupClass === name).length;
}

function byReason(candidates: readonly ReportCandidate[]): readonly Sample[] {
  const keys = candidates.map(
    ({ cleanup_class: name, skip_reason: reason }) => `${name} ${reason ?? 'none'}`,
  );
  return tally(keys).map(([key, number]) => {
    const [name = '', reason = ''] = key.split(' ');
    return sample({ cleanup_class: name, reason }, number);
  });
}

/**
 * Counts the orphans of each version. A text that is not a version counts as `other`, because a process may report any
 * text, and each text would be a new series.
 */
function byVersion(candidates: readonly ReportCandidate[]): readonly Sample[] {
  const orphans = candidates.filter(({ cleanup_class: cleanupClass }) => cleanupClass === 'safe_auto');
  const versions = orphans.map(({ package_version: version }) =>
    /^\d{1,3}\.\d{1,3}\.\d{1,3}(?:[-.]?(?:a|b|rc)\d{1,3})?$/.test(version ?? '') ? (version ?? '') : 'other',
  );
  return tally(versions).map(([version, number]) => sample({ version }, number));
}

function tally(keys: readonly string[]): readonly (readonly [key: string, number: number])[] {
  const counts = new Map<string, number>();
  for (const key of keys.toSorted()) counts.set(key, (counts.get(key) ?? 0) + 1);
  return [...counts];
}

function sum(
  candidates: readonly ReportCandidate[],
  of: (candidate: ReportCandidate) => number | null,
): number {
  return candidates.reduce((total, candidate) => total + (of(candidate) ?? 0), 0);
}
