import type { Family } from '../model/family.js';

// Settings that a daemon and the program that starts it share.

/** Idle time after which a sync daemon retires, in seconds (FR-011). */
export const SYNC_DAEMON_IDLE_RETIREMENT_SECONDS = 900;

/** Environment variable that replaces the idle time of a sync daemon. The starter passes it on to the daemon. */
export const IDLE_RETIREMENT_VARIABLE = 'SYNC_DAEMON_IDLE_RETIREMENT_SECONDS';

export interface IdleTimeouts {
  /** Idle time after which the daemon retires. */
  readonly idleSeconds: number;
  /** Interval between two checks whether the daemon should retire. */
  readonly tickMs: number;
}

/** Released daemons check every 30 s. A daemon with a shorter idle time checks once per idle time. */
const TICK_SECONDS = 30;
const MAX_IDLE_SECONDS = 7 * 24 * 3600;

/** Parses an idle time from the value of an environment variable. An invalid or missing value selects the default. */
export function idleTimeoutsFrom(variable: string | undefined, defaultSeconds: number): IdleTimeouts {
  const seconds = Number(variable);
  const idleSeconds = seconds > 0 && seconds <= MAX_IDLE_SECONDS ? seconds : defaultSeconds;
  return { idleSeconds, tickMs: Math.min(TICK_SECONDS, idleSeconds) * 1000 };
}

/** Environment variable with the folder that sync was started from. `config.toml` may opt this folder out. */
export const CHECKOUT_VARIABLE = 'SPEC_KITTY_DAEMON_CHECKOUT';

/** Time without a page request after which a dashboard retires, in seconds. */
export const DASHBOARD_IDLE_RETIREMENT_SECONDS = 3600;

/** Environment variable that replaces the idle time of a dashboard. */
export const DASHBOARD_IDLE_RETIREMENT_VARIABLE = 'DASHBOARD_IDLE_RETIREMENT_SECONDS';

const PLAIN_VARIABLES = ['HOME', 'PATH', 'LANG', 'TZ', 'TMPDIR'] as const;

const SYNC_VARIABLES = [
  ...PLAIN_VARIABLES,
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'NODE_EXTRA_CA_CERTS',
  'SPEC_KITTY_SAAS_URL',
  'SPEC_KITTY_ACCESS_TOKEN',
  'SPEC_KITTY_TEAM_ID',
  IDLE_RETIREMENT_VARIABLE,
] as const;

/** A dashboard runs `auth doctor` for the sync family, and that command needs the runtime root. */
const DASHBOARD_VARIABLES = [
  ...PLAIN_VARIABLES,
  'SPEC_KITTY_HOME',
  DASHBOARD_IDLE_RETIREMENT_VARIABLE,
] as const;

/** The only variables that a daemon inherits (pitfall 35). Neither family gets the variables of the other. */
export const DAEMON_VARIABLES: Readonly<Record<Family, readonly string[]>> = {
  sync: SYNC_VARIABLES,
  dashboard: DASHBOARD_VARIABLES,
};

/** The file descriptor of the start lock, which a starting daemon inherits. */
export const LOCK_DESCRIPTOR = 3;
/** The inherited descriptor of a pipe: a starting daemon writes its `StartAnswer`, and reads the confirmation. */
export const READY_DESCRIPTOR = 4;

/** The line that a daemon writes to `READY_DESCRIPTOR`, as JSON. */
export type StartAnswer =
  | { readonly ok: true; readonly pid: number }
  | { readonly ok: false; readonly code: string; readonly why: string };
