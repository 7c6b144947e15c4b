import type { NoDashboardReason } from '../model/dashboard-report.js';
import { PORT_RANGES } from '../model/family.js';

/**
 * What helps where no dashboard could be had (pitfall 27). `--stop` is no help against what is in the way: it leaves
 * alone what does not prove itself, as a start does.
 */
export function nextStepFor(reason: NoDashboardReason, invocation: string): string {
  switch (reason) {
    case 'unsupported_platform':
      return `${invocation} auth doctor`;
    case 'root_unusable':
      return 'run it as the user whose project it is; `.kittify` must be a folder that can be written, without links in it';
    case 'recorded_elsewhere':
      return 'stop it there, or remove `.kittify/.dashboard` if it is gone';
    case 'singleton_unknown':
    case 'singleton_unproven':
    case 'singleton_unresponsive':
      return 'run it again; should that process stay as it is, look at it with ps(1), and end it yourself if it is yours';
    case 'range_full':
      return `ss -ltnp 'sport >= :${first} and sport < :${end}'  # names who listens there`;
    case 'could_not_look':
      return 'run it where /proc can be read';
    case 'start_lock_busy':
    case 'start_failed':
      return `${invocation} dashboard`;
  }
}

const { first, end } = PORT_RANGES.dashboard;
