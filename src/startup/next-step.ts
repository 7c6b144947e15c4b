import type { QueueTrouble } from '../model/queue.js';
import type { DegradedReason } from '../model/startup.js';
import { shellQuote } from '../report/shell-quote.js';

/** What helps where no daemon can be relied on: doctor, but where it knows nothing of the trouble (pitfall 27). */
export function nextStepFor(reason: DegradedReason, invocation: string): string {
  switch (reason) {
    case 'could_not_look':
    case 'recorded_elsewhere':
    case 'singleton_unresponsive':
    case 'singleton_unproven':
    case 'singleton_unknown':
    case 'range_full':
      return `${invocation} auth doctor`;
    case 'root_unusable':
      return 'make the runtime root a folder that this user may write, and nobody else';
    case 'config_unreadable':
      return 'mend that place in config.toml';
    case 'start_lock_busy':
      return 'run it again; should it stay so, `lsof` names who holds `sync-daemon.lock` in the runtime root';
    case 'start_failed':
      return 'see the last lines of `sync-daemon.log` in the runtime root';
    case 'policy_refused':
      return 'install spec-kitty again: its policy is not the one that it was built with';
    case 'internal_error':
      return 'please report it, with these lines';
  }
}

/** What helps where the queue file could not be read. */
export function nextStepForQueue(path: string, { cause }: QueueTrouble): string {
  switch (cause) {
    case 'no_queue':
      return `mv -- ${shellQuote(path)} ${shellQuote(`${path}.unusable`)}  # puts it aside; what is in it is not uploaded, and the next event begins a new one`;
    case 'locked':
      return `fuser -v ${shellQuote(path)}  # names the programs that have it open`;
    case 'not_permitted':
      return 'let this user read and write the file and its folder';
    case 'no_binding':
      return 'install spec-kitty again with its optional packages, which libsql is one of';
    case 'exhausted':
    case 'other':
      return 'repair what the error names, and look again';
  }
}
