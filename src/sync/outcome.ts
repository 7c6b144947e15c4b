import type { Attempt, Decision } from '../daemon/ensure.js';
import type {
  DegradedReason,
  EnsureOptions,
  ReadyDaemon,
  StartupCleanup,
  StartupOutcome,
} from '../daemon/outcome.js';
import type { JudgedScan } from '../examine.js';
import type { QueueFailure } from '../machine/sqlite.js';
import type { IdentifiedCandidate } from '../model/candidate.js';
import type { ResetResult } from '../model/outcome.js';
import { PACKAGE_VERSION } from '../model/product.js';
import { resultArrays } from '../report/build.js';
import { isLiveElsewhere } from '../report/report-input.js';
import { shellQuote } from '../text/terminal.js';

/** The daemon that can be relied on, as it was seen; what came of the start is in `outcome`. */
export interface EnsureResult {
  readonly outcome: StartupOutcome;
  readonly candidate: IdentifiedCandidate | null;
}

/** What an attempt under the lock came to, with what an earlier one had already cleaned. */
export function summary(
  options: EnsureOptions,
  { judged, decision, started, result }: Attempt,
  earlier: ResetResult,
): EnsureResult {
  const cleaned = [...earlier.filter(wasSwept), ...result];
  switch (started?.kind) {
    case undefined:
      return conclude(options, judged, decision, cleaned);
    case 'range_full':
      return degraded(options, 'range_full', 'all 50 sync ports are taken', judged, cleaned);
    case 'failed':
      return degraded(options, 'start_failed', started.why, judged, cleaned);
    case 'started': {
      const { pid, port } = started;
      const daemon = {
        how: 'started',
        pid,
        port,
        generation: 'own',
        package_version: PACKAGE_VERSION,
      } as const;
      const candidate = judged.candidates.find(({ identity }) => identity.pid === pid) ?? null;
      return { outcome: { kind: 'ready', daemon, ...cleanupOf(judged, cleaned) }, candidate };
    }
  }
}

/** Nothing was to be started. */
export function conclude(
  options: EnsureOptions,
  judged: Pick<JudgedScan, 'candidates'>,
  decision: Decision,
  result: ResetResult,
): EnsureResult {
  switch (decision.kind) {
    case 'reuse': {
      const daemon = reusedDaemon(decision.daemon);
      return {
        outcome: { kind: 'ready', daemon, ...cleanupOf(judged, result) },
        candidate: decision.daemon,
      };
    }
    case 'leave':
      return degraded(options, decision.reason, decision.detail, judged, result);
    case 'start':
      throw new Error('a daemon was to be started, and nobody tried');
  }
}

function reusedDaemon({ identity, shape }: IdentifiedCandidate): ReadyDaemon {
  return {
    how: 'reused',
    // Only a listener whose process is known can be the recorded one.
    pid: identity.pid ?? 0,
    port: identity.port,
    generation: shape?.generation === 'own' ? 'own' : 'python',
    package_version: identity.packageVersion,
  };
}

export function degraded(
  { invocation = 'npx spec-kitty' }: EnsureOptions,
  reason: DegradedReason,
  detail: string,
  judged: Pick<JudgedScan, 'candidates'> | null = null,
  result: ResetResult = [],
): EnsureResult {
  const cleanup = judged ? cleanupOf(judged, result) : { swept: [], failed: [], operator_required: 0 };
  const next_step = nextStepFor(reason, invocation);
  return { outcome: { kind: 'degraded', reason, detail, next_step, ...cleanup }, candidate: null };
}

function cleanupOf({ candidates }: Pick<JudgedScan, 'candidates'>, result: ResetResult): StartupCleanup {
  const { swept, failed } = resultArrays(result);
  const left = candidates.filter(
    (candidate) => candidate.verdict.cleanupClass === 'operator_required' && !isLiveElsewhere(candidate),
  );
  return { swept, failed, operator_required: left.length };
}

export function wasSwept({ outcome }: ResetResult[number]): boolean {
  return outcome.bucket === 'swept';
}

/** What helps where no daemon can be relied on: doctor, but where it knows nothing of the trouble (pitfall 27). */
function nextStepFor(reason: DegradedReason, invocation: string): string {
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
export function nextStepForQueue(path: string, { cause }: QueueFailure): string {
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
