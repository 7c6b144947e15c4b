/** What governs how a daemon of ours lives, shared by who starts it and by itself. */

/** How long a daemon without anything to do stays (FR-011), in seconds. */
export const SYNC_DAEMON_IDLE_RETIREMENT_SECONDS = 900;
/** How often it looks whether it is still wanted, in seconds; at least once in the time above. */
export const SYNC_DAEMON_TICK_SECONDS = 30;

/** Replaces the time above, for one daemon: whoever starts it hands this variable on. */
export const IDLE_RETIREMENT_VARIABLE = 'SYNC_DAEMON_IDLE_RETIREMENT_SECONDS';

/** The folder for which sync was asked for; it may have opted out. */
export const CHECKOUT_VARIABLE = 'SPEC_KITTY_DAEMON_CHECKOUT';

/** All that a daemon gets of its starter's environment (pitfall 35). */
export const DAEMON_VARIABLES = [
  'HOME',
  'PATH',
  'LANG',
  'TZ',
  'TMPDIR',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'NODE_EXTRA_CA_CERTS',
  'SPEC_KITTY_SAAS_URL',
  'SPEC_KITTY_ACCESS_TOKEN',
  'SPEC_KITTY_TEAM_ID',
  IDLE_RETIREMENT_VARIABLE,
] as const;

/** The open files that a starting daemon inherits, beside the standard three. */
export const LOCK_DESCRIPTOR = 3;
export const READY_DESCRIPTOR = 4;

/** The one line that it answers its starter with. */
export type StartAnswer =
  | { readonly ok: true; readonly pid: number }
  | { readonly ok: false; readonly code: string; readonly why: string };
