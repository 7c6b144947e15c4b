import type { Family } from '../model/family.js';

/** What governs how a daemon of ours lives, shared by who starts it and by itself. */

/** How long a daemon without anything to do stays (FR-011), in seconds. */
export const SYNC_DAEMON_IDLE_RETIREMENT_SECONDS = 900;

/** Replaces the time above, for one daemon: whoever starts it hands this variable on. */
export const IDLE_RETIREMENT_VARIABLE = 'SYNC_DAEMON_IDLE_RETIREMENT_SECONDS';

/** How long a daemon without anything to do stays, and how often it looks whether it is still wanted. */
export interface IdleTimeouts {
  readonly idleSeconds: number;
  readonly tickMs: number;
}

/** A daemon looks as often as released ones do; one that is to leave after a short time, at least once in it. */
const TICK_SECONDS = 30;
const LONGEST_SECONDS = 7 * 24 * 3600;

/** A time that is none is not guessed at: the usual one counts. */
export function idleTimeoutsFrom(variable: string | undefined, usualSeconds: number): IdleTimeouts {
  const seconds = Number(variable);
  const idleSeconds = seconds > 0 && seconds <= LONGEST_SECONDS ? seconds : usualSeconds;
  return { idleSeconds, tickMs: Math.min(TICK_SECONDS, idleSeconds) * 1000 };
}

/** The folder for which sync was asked for; it may have opted out. */
export const CHECKOUT_VARIABLE = 'SPEC_KITTY_DAEMON_CHECKOUT';

/** How long a dashboard that nobody looks at stays, and what replaces this time for one of them. */
export const DASHBOARD_IDLE_RETIREMENT_SECONDS = 3600;
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

/** What a dashboard shows of sync it has from `auth doctor`, which needs to know which runtime root is meant. */
const DASHBOARD_VARIABLES = [
  ...PLAIN_VARIABLES,
  'SPEC_KITTY_HOME',
  DASHBOARD_IDLE_RETIREMENT_VARIABLE,
] as const;

/** All that a daemon gets of its starter's environment (pitfall 35): nothing of the other family's. */
export const DAEMON_VARIABLES: Readonly<Record<Family, readonly string[]>> = {
  sync: SYNC_VARIABLES,
  dashboard: DASHBOARD_VARIABLES,
};

/** The open files that a starting daemon inherits, beside the standard three. */
export const LOCK_DESCRIPTOR = 3;
export const READY_DESCRIPTOR = 4;

/** The one line that it answers its starter with. */
export type StartAnswer =
  | { readonly ok: true; readonly pid: number }
  | { readonly ok: false; readonly code: string; readonly why: string };
