import { CommanderError } from 'commander';
import type { FindNamed, NamedCandidates } from '../enforce.js';
import type { ResetClass } from '../enforcement/plan.js';
import type { JudgedCandidate } from '../model/candidate.js';
import {
  formatTarget,
  isNamedBy,
  parseTarget,
  processTarget,
  type Target,
  TARGET_FORMS,
} from '../model/target.js';
import { isLiveElsewhere } from '../report/report-input.js';
import { reasonWords } from '../report/words.js';
import { EXIT, type Failure } from './output.js';

/**
 * Returns the function that finds the candidates of the targets of a reset. A target means a process: a signal ends it
 * on all its ports, so all its sockets are found. The reset is refused, and nothing is done, if a target is not exactly
 * one process that this reset may act on.
 * @param only the classes that the reset acts on
 */
export function findTargets(
  targets: readonly Target[],
  only: readonly ResetClass[],
  invocation: string,
): FindNamed {
  return (candidates) => {
    const named = new Set<JudgedCandidate>();
    for (const target of targets) {
      const found = socketsOf(target, candidates);
      const failure =
        found.length === 0
          ? nothingNamed(target, candidates)
          : (severalSockets(target, candidates, invocation) ?? notOfClasses(target, found, only, invocation));
      if (failure) return refusal(failure);
      for (const candidate of found) named.add(candidate);
    }
    return { ok: true, named: [...named] };
  };
}

function refusal({ message, remedy }: Failure): NamedCandidates {
  return { ok: false, message: `${message}: nothing was done`, remedy };
}

/** Returns the listeners that a target names, and those on other ports that belong to the same process. */
function socketsOf(target: Target, candidates: readonly JudgedCandidate[]): readonly JudgedCandidate[] {
  const named = candidates.filter((candidate) => isNamedBy(target, candidate));
  const pids = named.flatMap(({ identity: { pid } }) => pid ?? []);
  return candidates.filter(
    (candidate) =>
      named.includes(candidate) || (candidate.identity.pid !== null && pids.includes(candidate.identity.pid)),
  );
}

/** Says that no listener is what a target names. */
export function nothingNamed(target: Target, candidates: readonly JudgedCandidate[]): Failure {
  const remedy = 'run `spec-kitty auth doctor` to see what listens';
  if (target.kind === 'port') return { message: `nothing listens on port ${target.port}`, remedy };
  const hasPid = candidates.some(({ identity }) => identity.pid === target.pid);
  return hasPid
    ? {
        message: `${formatTarget(target)} is gone: PID ${target.pid} is not the process with that start time`,
        remedy,
      }
    : { message: `PID ${target.pid} listens on no sync port`, remedy };
}

function severalSockets(
  target: Target,
  candidates: readonly JudgedCandidate[],
  invocation: string,
): Failure | null {
  if (target.kind !== 'port') return null;
  const found = candidates.filter((candidate) => isNamedBy(target, candidate));
  if (found.length < 2) return null;
  const sockets = found.map(
    ({ identity: { address, pid } }) => `${address} (${pid === null ? 'process unknown' : `PID ${pid}`})`,
  );
  const forms = new Set(
    found
      .filter(({ verdict }) => verdict.cleanupClass !== 'never_touch')
      .flatMap((candidate) => processTarget(candidate) ?? [])
      .map((process) => `\`${invocation} auth doctor --reset ${formatTarget(process)}\``),
  );
  return {
    message: `${found.length} sockets listen on port ${target.port}: ${sockets.join(', ')}`,
    remedy:
      forms.size > 0
        ? `name the process that you mean: ${[...forms].join(' or ')}`
        : `none of them can be retired; \`${invocation} auth doctor --explain ${target.port}\` shows why`,
  };
}

/** Says that every reset leaves a target alone, or another socket of its process, or that this one does by its class. */
function notOfClasses(
  target: Target,
  found: readonly JudgedCandidate[],
  only: readonly ResetClass[],
  invocation: string,
): Failure | null {
  const kept = found.find(
    (one) => isLeftAlone(one) || !only.some((wanted) => wanted === one.verdict.cleanupClass),
  );
  if (!kept) return null;
  const {
    identity: { port },
    verdict: { cleanupClass, reason },
  } = kept;
  const explain = `\`${invocation} auth doctor --explain ${port}\` shows why`;
  const what = `${formatTarget(target)}${target.kind === 'port' && target.port === port ? '' : ` (port ${port})`}`;
  return isLeftAlone(kept)
    ? {
        message: `no reset of yours retires ${what} (${reasonWords(isLiveElsewhere(kept) ? 'live_in_other_root' : (reason ?? cleanupClass))})`,
        remedy: `leave out this target; ${explain}`,
      }
    : {
        message: `${what} is ${cleanupClass === 'safe_auto' ? 'safe to retire' : 'for you to decide about'} (${cleanupClass}), and \`--only ${only.join(' ')}\` leaves it alone`,
        remedy: `leave out \`--only\` or this target; ${explain}`,
      };
}

/** Whether every reset of this user leaves a listener alone, whatever its policy says about it. */
function isLeftAlone(candidate: JudgedCandidate): boolean {
  const { cleanupClass, reason } = candidate.verdict;
  return cleanupClass === 'never_touch' || isLiveElsewhere(candidate) || reason === 'other_user';
}

/** Reads a target of the command line. */
export function targetArgument(text: string): Target {
  const target = parseTarget(text);
  if (target) return target;
  const message = `error: '${text}' is no target: a target is ${TARGET_FORMS}`;
  throw new CommanderError(EXIT.couldNot, 'spec-kitty.target', message);
}
