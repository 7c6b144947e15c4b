import type { SkipReason, StartupOutcome } from '../daemon/outcome.js';
import { reasonWords } from '../report/words.js';
import type { LastDrain } from '../model/upload.js';
import type { SyncStartReport, SyncStatusReport, SyncStopReport } from '../sync/status.js';
import { counted, wrapBehind } from '../text/layout.js';
import { formatMoment, inertName } from '../text/terminal.js';
import { nextStep } from './output.js';

/** Says what `sync now` or `sync start` did, in lines that are not yet escaped, as are those of the other functions. */
export function startLines({ outcome, drain, idle }: SyncStartReport): readonly string[] {
  switch (outcome.kind) {
    case 'skipped':
      return [`sync skipped (${outcome.reason}): ${outcome.detail}`];
    case 'degraded':
      return [`no sync daemon (${outcome.reason})`, ...retiredLines(outcome)];
    case 'ready': {
      const { how, port, pid, package_version: stated } = outcome.daemon;
      const version = stated === null ? 'unknown version' : inertName(stated);
      const who = `sync daemon ${how} on port ${port} (PID ${pid}, ${version})`;
      // A released daemon has a session of its own, which `idle` does not describe.
      const why =
        idle && outcome.daemon.generation === 'own'
          ? [`nothing is uploaded (${idle.why}): ${idle.detail}`, ...nextStep(idle.next_step)]
          : [];
      return [`${who}${DRAIN[drain]}`, ...why, ...retiredLines(outcome)];
    }
  }
}

const DRAIN: Readonly<Record<SyncStartReport['drain'], string>> = {
  requested: ', asked to upload',
  refused: ', which refused to upload',
  not_asked: '',
};

function retiredLines({ swept }: Exclude<StartupOutcome, { kind: 'skipped' }>): readonly string[] {
  if (swept.length === 0) return [];
  const ports = swept.map(({ port }) => port).join(', ');
  return [`retired ${counted(swept.length, 'orphan')} (${ports})`];
}

/** Says what a start could not do, or left to the user. */
export function warningsFor(outcome: StartupOutcome, doctor: string): readonly string[] {
  if (outcome.kind === 'skipped') return [];
  const { failed, operator_required: left } = outcome;
  return [
    ...(outcome.kind === 'degraded' ? [`spec-kitty: ${outcome.detail}`, ...nextStep(outcome.next_step)] : []),
    ...(failed.length > 0
      ? [`spec-kitty: ${counted(failed.length, 'orphan')} could not be retired: run \`${doctor}\``]
      : []),
    ...(left > 0 ? [`spec-kitty: ${counted(left, 'daemon')} left for you to decide: run \`${doctor}\``] : []),
  ];
}

/**
 * What starts a daemon in spite of what held this start back; null if the command itself excludes a daemon.
 * @param invocation what starts this program
 */
export function skipRemedy(reason: SkipReason, invocation: string): string | null {
  switch (reason) {
    case 'rollout_disabled':
      return 'export SPEC_KITTY_ENABLE_SAAS_SYNC=1  # opts in to hosted sync; then run it again';
    case 'disabled':
    case 'manual':
      return `${invocation} sync start  # starts a daemon in spite of that`;
    case 'unsupported_platform':
      return 'run it on Linux';
    case 'local_only':
    case 'unknown_intent':
      return null;
  }
}

interface StatusWords {
  readonly now: Date;
  /** What starts this program. */
  readonly invocation: string;
  /** The width of the terminal, or Infinity. */
  readonly columns: number;
}

/** The lines of `sync status`. Times are local. */
export function statusLines(
  { daemon, other_daemons: others, queue, last_drain: last }: SyncStatusReport,
  { now, invocation, columns }: StatusWords,
): readonly string[] {
  const text = (label: string, words: string): readonly string[] =>
    wrapBehind(label.padEnd(below('').length), words, columns);
  const step = (remedy: string): readonly string[] => nextStep(remedy).map(below);
  return [
    ...text('daemon', daemonWords(daemon)),
    ...(others === null || others === 0
      ? []
      : [
          ...text('others', `${counted(others, 'more sync daemon')} of yours, not proven to be in use`),
          ...step(`${invocation} auth doctor`),
        ]),
    ...text('queue', queueWords(queue, now)),
    ...(queue.next_step === null ? [] : step(queue.next_step)),
    ...(queue.idle
      ? [
          ...text('upload', `nothing is sent (${queue.idle.why}): ${queue.idle.detail}`),
          ...step(queue.idle.next_step),
        ]
      : []),
    ...text('last', last ? lastWords(last, now) : 'no upload yet'),
    ...(last?.detail == null ? [] : text('', last.detail)),
  ];
}

/** Indents a line as a part of the one above it. */
function below(line: string): string {
  return `        ${line}`;
}

function lastWords({ at, end, requests, sent, acknowledged }: LastDrain, now: Date): string {
  const events = requests === 0 ? '' : `, ${acknowledged} of ${sent} events acknowledged`;
  // The file may have been changed by hand, so what is no time is shown as it is.
  const when = Number.isNaN(Date.parse(at)) ? at : formatMoment(at, now);
  return `${when}: ${end}${events}`;
}

function daemonWords(daemon: SyncStatusReport['daemon']): string {
  if (!daemon) return 'none is recorded';
  const { port, pid, package_version: version, state } = daemon;
  const details = [
    ...(port === null ? [] : [`port ${port}`]),
    ...(pid === null ? [] : [`PID ${pid}`]),
    ...(version === null ? [] : [inertName(version)]),
  ];
  const words = state.replace('_', ' ');
  return details.length === 0 ? words : `${words} (${details.join(', ')})`;
}

function queueWords(
  { path, pending, oldest_at: oldest, set_aside: aside, unreadable }: SyncStatusReport['queue'],
  now: Date,
): string {
  if (path === null) return 'unknown: it is not known whose events to upload';
  // `unreadable` names the path.
  if (unreadable !== null) return `cannot be read: ${unreadable}`;
  const setAside = aside ? aside.too_large + aside.malformed + aside.other_team : 0;
  const events = `${String(pending)} event${pending === 1 ? '' : 's'} waiting`;
  return `${events}${oldest === null ? '' : `, the oldest from ${formatMoment(oldest, now)}`}${setAside > 0 ? `, ${setAside} of them set aside` : ''} (${inertName(path)})`;
}

/**
 * Says what `sync stop` did.
 * @param remedy what to do if the daemon could not be stopped
 * @param forgetStep what to do if the daemon cannot be looked for
 */
export function stopLines(
  { daemon, stopped, failed, interrupted }: SyncStopReport,
  doctor: string,
  remedy: string,
  forgetStep: string,
): readonly string[] {
  if (stopped) return [`stopped the sync daemon on port ${stopped.port} (PID ${String(stopped.pid)})`];
  if (failed) {
    const why = `${reasonWords(failed.failure_reason)} (${failed.detail})`;
    return [`the sync daemon on port ${failed.port} is still there: ${why}`, ...nextStep(remedy)];
  }
  if (interrupted) return ['interrupted by Ctrl-C: no sync daemon was asked to stop'];
  if (daemon?.state === 'elsewhere')
    return [
      'the sync daemon of this root runs on another machine or network, or ran there: stop it there',
      ...nextStep(forgetStep),
    ];
  if (daemon?.state === 'unknown')
    return ['cannot determine which daemon is recorded for this root', ...nextStep(doctor)];
  return ['no sync daemon of this root is running'];
}
