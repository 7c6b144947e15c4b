import { explainRoot } from '../enforcement/root-problem.js';
import type { Observer } from '../machine/machine.js';
import { type Family, PORT_RANGES } from '../model/family.js';
import { remedyText } from '../model/root-problem.js';
import type { EnsuredDaemon } from './ensure.js';
import type { DegradedReason } from './outcome.js';

/** Why no daemon of a family can be used. */
type Reason = DegradedReason | 'unsupported_platform';

/**
 * Returns the one step to take if a start ended without a daemon: a command, or a sentence (pitfall 27). `auth doctor`
 * shows sync daemons only, so dashboards have other steps.
 * @param invocation how this program is called in a printed command
 */
export function startRemedy(family: Family, reason: Reason, invocation: string): string {
  return REMEDIES[family](invocation)[reason];
}

/**
 * Adds the cause and its remedy to a start that failed because of a file of the root. The reason alone does not say
 * which file it is: the root, the lock, the log or another one.
 */
export function withFileCause(
  observer: Observer,
  family: Family,
  root: string,
  ensured: EnsuredDaemon,
  invocation?: string,
): EnsuredDaemon {
  if (ensured.kind !== 'degraded') return ensured;
  const { reason, judged } = ensured;
  // A failed start has a remedy for the system's error. A file of the root that cannot be used is a better one.
  if (ensured.remedy !== undefined && reason !== 'start_failed') return ensured;
  const isAboutFile =
    reason === 'root_unusable' ||
    reason === 'start_failed' ||
    (reason === 'singleton_unknown' && judged.scan.root.stateFile.kind === 'unreadable');
  const found = isAboutFile ? explainRoot(observer, family, root, invocation) : null;
  if (!found) return ensured;
  const remedy = remedyText(found.remedy);
  // A failed start has a detail of its own, which may be about something else.
  return reason === 'start_failed' ? { ...ensured, remedy } : { ...ensured, detail: found.detail, remedy };
}

const { first, end } = PORT_RANGES.dashboard;

const REMEDIES: Readonly<Record<Family, (invocation: string) => Readonly<Record<Reason, string>>>> = {
  sync: (invocation) => ({
    ...EITHER,
    could_not_look: `${invocation} auth doctor`,
    recorded_elsewhere: `${invocation} sync forget`,
    singleton_unresponsive: `${invocation} auth doctor`,
    singleton_unproven: `${invocation} auth doctor`,
    singleton_unknown: `${invocation} auth doctor`,
    range_full: `${invocation} auth doctor`,
    root_unusable: 'make the runtime root a folder that only this user can write',
    start_lock_busy:
      'run it again; if the message stays, `lsof` names the process that keeps `sync-daemon.lock` in the runtime root open',
    start_failed: 'see the end of `sync-daemon.log` in the runtime root',
    unsupported_platform: `${invocation} auth doctor`,
  }),
  dashboard: (invocation) => ({
    ...EITHER,
    could_not_look: 'run it where /proc can be read',
    recorded_elsewhere: `${invocation} dashboard --forget  # clears its state file if it is proven to have ended, and else says what to check; if it runs, stop it there`,
    singleton_unresponsive: END_BY_HAND,
    singleton_unproven: END_BY_HAND,
    singleton_unknown: END_BY_HAND,
    range_full: `ss -ltnp 'sport >= :${first} and sport < :${end}'  # names the processes that listen there`,
    root_unusable:
      'run it as the owner of the project; `.kittify` must be a folder that you can write, without links in it',
    start_lock_busy: `${invocation} dashboard`,
    start_failed: `${invocation} dashboard`,
    unsupported_platform: `${invocation} auth doctor`,
  }),
};

const EITHER = {
  config_unreadable: 'correct that place in config.toml',
  policy_refused: 'install spec-kitty again: its policy is not the one that it was built with',
  internal_error: 'please report it, with these lines',
} as const;

/** The remedy for an unproven dashboard. `dashboard --stop` is none: like a start, it leaves such a process alone. */
const END_BY_HAND =
  'run it again; if the process stays as it is, inspect it with ps(1), and end it yourself if it is yours';
