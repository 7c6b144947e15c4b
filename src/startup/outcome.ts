import type { IdentifiedCandidate } from '../model/candidate.js';
import type { Ledger } from '../model/outcome.js';
import type {
  DegradedReason,
  EnsureOptions,
  ReadyDaemon,
  StartupCleanup,
  StartupOutcome,
} from '../model/startup.js';
import { PACKAGE_VERSION } from '../model/version.js';
import type { Examination } from '../pipeline/examine.js';
import { isLiveElsewhere } from '../report/live-elsewhere.js';
import { ledgerArrays } from '../report/ledger-arrays.js';
import type { Decision } from '../lifecycle/decision.js';
import type { Attempt } from '../lifecycle/start-and-clean.js';
import { nextStepFor } from './next-step.js';

/** The daemon that can be relied on, as it was seen; what came of the start is in `outcome`. */
export interface Ensured {
  readonly outcome: StartupOutcome;
  readonly candidate: IdentifiedCandidate | null;
}

/** What an attempt under the lock came to, with what an earlier one had already cleaned. */
export function summary(
  options: EnsureOptions,
  { examination, decision, started, ledger }: Attempt,
  earlier: Ledger,
): Ensured {
  const cleaned = [...earlier.filter(wasSwept), ...ledger];
  switch (started?.kind) {
    case undefined:
      return conclude(options, examination, decision, cleaned);
    case 'range_full':
      return degraded(options, 'range_full', 'all 50 sync ports are taken', examination, cleaned);
    case 'failed':
      return degraded(options, 'start_failed', started.why, examination, cleaned);
    case 'started': {
      const { pid, port } = started;
      const daemon = {
        how: 'started',
        pid,
        port,
        generation: 'own',
        package_version: PACKAGE_VERSION,
      } as const;
      const candidate = examination.candidates.find(({ identity }) => identity.pid === pid) ?? null;
      return { outcome: { kind: 'ready', daemon, ...cleanupOf(examination, cleaned) }, candidate };
    }
  }
}

/** Nothing was to be started. */
export function conclude(
  options: EnsureOptions,
  examination: Pick<Examination, 'candidates'>,
  decision: Decision,
  ledger: Ledger,
): Ensured {
  switch (decision.kind) {
    case 'reuse': {
      const daemon = reusedDaemon(decision.daemon);
      return {
        outcome: { kind: 'ready', daemon, ...cleanupOf(examination, ledger) },
        candidate: decision.daemon,
      };
    }
    case 'leave':
      return degraded(options, decision.reason, decision.detail, examination, ledger);
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
  examination: Pick<Examination, 'candidates'> | null = null,
  ledger: Ledger = [],
): Ensured {
  const cleanup = examination
    ? cleanupOf(examination, ledger)
    : { swept: [], failed: [], operator_required: 0 };
  const next_step = nextStepFor(reason, invocation);
  return { outcome: { kind: 'degraded', reason, detail, next_step, ...cleanup }, candidate: null };
}

function cleanupOf({ candidates }: Pick<Examination, 'candidates'>, ledger: Ledger): StartupCleanup {
  const { swept, failed } = ledgerArrays(ledger);
  const left = candidates.filter(
    (candidate) => candidate.verdict.cleanupClass === 'operator_required' && !isLiveElsewhere(candidate),
  );
  return { swept, failed, operator_required: left.length };
}

export function wasSwept({ disposition }: Ledger[number]): boolean {
  return disposition.bucket === 'swept';
}
