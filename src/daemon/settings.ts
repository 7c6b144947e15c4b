import {
  CHECKOUT_VARIABLE,
  IDLE_RETIREMENT_VARIABLE,
  SYNC_DAEMON_IDLE_RETIREMENT_SECONDS,
  SYNC_DAEMON_TICK_SECONDS,
} from '../model/daemon-settings.js';

export interface DaemonSettings {
  readonly idleSeconds: number;
  readonly checkout: string | null;
}

/** A time that is none is not guessed at: the usual one counts. */
export function settingsFrom(environment: NodeJS.ProcessEnv): DaemonSettings {
  const seconds = Number(environment[IDLE_RETIREMENT_VARIABLE]);
  return {
    idleSeconds: seconds > 0 && seconds <= LONGEST_SECONDS ? seconds : SYNC_DAEMON_IDLE_RETIREMENT_SECONDS,
    checkout: environment[CHECKOUT_VARIABLE] ?? null,
  };
}

const LONGEST_SECONDS = 7 * 24 * 3600;

/** Who is to leave after a short time looks as often. */
export function tickMs({ idleSeconds }: DaemonSettings): number {
  return Math.min(SYNC_DAEMON_TICK_SECONDS, idleSeconds) * 1000;
}
