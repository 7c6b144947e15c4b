import type { CleanupRequest } from '../enforce.js';
import { RESET_CLASSES, type ResetClass, selectForReset } from '../enforcement/plan.js';
import type { Machine } from '../machine/machine.js';
import type { CollectorName } from '../model/scan.js';
import type { Target } from '../model/target.js';
import type { PolicyHandle } from '../model/verdict.js';
import { reset, type ResetOutcome } from '../reset.js';
import { findTargets } from './targets.js';

/** Resets the root of this user, for `auth doctor --reset`. */
export async function runReset(
  machine: Machine,
  root: string,
  policy: PolicyHandle,
  options: ResetOptions,
  invocation: string,
): Promise<ResetOutcome> {
  return reset(machine, root, policy, options.collector, {
    ...resetRequest(options, invocation),
    askedBy: 'auth doctor --reset',
    onProgress: (done, total) => {
      machine.actor.terminal.showProgress(done, total);
    },
  });
}

/** What `auth doctor --reset` acts on. */
export interface ResetOptions {
  /** The processes that the reset is limited to; empty if it is not limited. */
  readonly targets: readonly Target[];
  readonly only?: ResetClass;
  readonly collector: CollectorName;
}

/** Returns what the options of `auth doctor --reset` ask for. */
export function resetRequest(
  { only, targets }: Pick<ResetOptions, 'only' | 'targets'>,
  invocation: string,
): Pick<CleanupRequest, 'selection' | 'findNamed'> {
  const classes = only ? [only] : RESET_CLASSES;
  return {
    selection: selectForReset(classes),
    ...(targets.length > 0 && { findNamed: findTargets(targets, classes, invocation) }),
  };
}
