import { displayStatusOf } from './candidate.js';
import { counted } from '../text/layout.js';
import type { Finding, ReportCandidate, ReportDaemon } from './report.js';

/** Says what needs the user, such as `18 orphans, 1 daemon to decide about`; null if nothing does. */
export function needsWords(findings: readonly Finding[], candidates: readonly Listener[]): string | null {
  const pressing = findings.filter(({ severity }) => severity === 'attention');
  if (pressing.length === 0) return null;
  const orphans = countWith(candidates, 'orphan');
  const undecided = countWith(candidates, 'needs-you');
  const others = pressing.filter(({ id }) => !ABOUT_LISTENERS.test(id)).length;
  const parts = [
    ...(orphans > 0 ? [counted(orphans, 'orphan')] : []),
    ...(undecided > 0 ? [`${counted(undecided, 'daemon')} to decide about`] : []),
    ...(others > 0 ? [counted(others, orphans + undecided > 0 ? 'other finding' : 'finding')] : []),
  ];
  return parts.join(', ');
}

type Listener = Pick<ReportCandidate, 'pid' | 'cleanup_class' | 'skip_reason' | 'live_in_root'>;

/** The findings about listeners that the port map shows as `orphan` or `needs you`. */
const ABOUT_LISTENERS = /^(?:orphaned_daemons|unknown_command_line|operator_required\.(?!other_user).*)$/;

function countWith(candidates: readonly Listener[], name: 'orphan' | 'needs-you'): number {
  const those = candidates.filter((candidate) => displayStatusOf([candidate])?.name === name);
  return new Set(those.map((candidate) => candidate.pid ?? candidate)).size;
}

/** Says whether the daemon that the state file names is in use. */
export function liveDaemonWords(daemon: ReportDaemon | null): string {
  if (!daemon) return 'No sync daemon of this root is recorded.';
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
