import {
  CHECKOUT_VARIABLE,
  IDLE_RETIREMENT_VARIABLE,
  type Patience,
  patienceFrom,
  SYNC_DAEMON_IDLE_RETIREMENT_SECONDS,
} from '../model/daemon-settings.js';

export interface DaemonSettings {
  readonly patience: Patience;
  readonly checkout: string | null;
}

export function settingsFrom(environment: NodeJS.ProcessEnv): DaemonSettings {
  return {
    patience: patienceFrom(environment[IDLE_RETIREMENT_VARIABLE], SYNC_DAEMON_IDLE_RETIREMENT_SECONDS),
    checkout: environment[CHECKOUT_VARIABLE] ?? null,
  };
}
