import { machine } from './local-machine.js';
import { drain, type DrainCounts, type DrainOutcome } from '../../src/sync/drain.js';
import { pinnedScope } from '../../src/sync/account.js';
import { ENVIRONMENT, type QueueRoot } from './queue-files.js';

export interface DrainOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly checkout?: string | null;
  readonly stop?: AbortSignal;
  readonly abandon?: AbortSignal;
  readonly onInFlightChange?: (inFlight: boolean) => void;
}

/** One drain of a root, in this process. */
export function drainOf(
  { path: root }: QueueRoot,
  {
    environment = ENVIRONMENT,
    checkout = null,
    stop,
    abandon,
    onInFlightChange = () => undefined,
  }: DrainOptions = {},
): Promise<DrainOutcome> {
  return drain(machine, {
    root,
    readScope: pinnedScope(machine.observer, root, environment, checkout),
    onInFlightChange,
    stop: stop ?? new AbortController().signal,
    abandon: abandon ?? new AbortController().signal,
  });
}

type Some = Partial<Omit<DrainCounts, 'setAside'>> & { readonly setAside?: Partial<DrainCounts['setAside']> };

/** Counts that are zero but for these. */
export function counts({ setAside, ...some }: Some): DrainCounts {
  return {
    requests: 0,
    sent: 0,
    acknowledged: 0,
    kept: 0,
    retried: 0,
    unanswered: 0,
    changed: 0,
    ...some,
    setAside: { too_large: 0, malformed: 0, other_team: 0, ...setAside },
  };
}
