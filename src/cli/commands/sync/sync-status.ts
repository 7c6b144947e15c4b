import type { LastDrain } from '../../../model/queue.js';
import type { SyncStatusReport } from '../../../model/sync-report.js';
import type { BegunLook } from '../../../pipeline/begin-look.js';
import { lookAround } from '../../../pipeline/look.js';
import { escapeForTerminal } from '../../../report/formats/escape.js';
import { formatJson } from '../../../report/formats/json.js';
import { syncStatusOf } from '../../../startup/status.js';
import { runtimeRoot } from '../../../startup/runtime-root.js';
import { EXIT, type ExitCode } from '../../exit-codes.js';
import { reportFailure } from '../../failure.js';
import { print } from '../../print.js';

/** `spec-kitty sync status`: looks, and changes nothing. */
export async function syncStatus(json: boolean, begun: BegunLook = null): Promise<ExitCode> {
  const root = runtimeRoot(process.env);
  if (!root.ok) return reportFailure(root, json);
  const around = await lookAround('sync', root.path, begun);
  const report = await syncStatusOf(around, process.env);
  print(json ? formatJson(report) : `${linesFor(report).map(escapeForTerminal).join('\n')}\n`);
  return EXIT.done;
}

function linesFor({ daemon, queue, last_drain: last }: SyncStatusReport): readonly string[] {
  return [
    `daemon  ${daemonWords(daemon)}`,
    `queue   ${queueWords(queue)}`,
    ...(queue.next_step === null ? [] : [`        next step: ${queue.next_step}`]),
    ...(queue.idle ? [`upload  nothing is sent (${queue.idle.why}): ${queue.idle.detail}`] : []),
    `last    ${last ? lastWords(last) : 'no upload yet'}`,
    ...(last?.detail == null ? [] : [`        ${last.detail}`]),
  ];
}

function lastWords({ at, end, requests, sent, acknowledged }: LastDrain): string {
  const events = requests === 0 ? '' : `, ${acknowledged} of ${sent} events acknowledged`;
  return `${at}: ${end}${events}`;
}

function daemonWords(daemon: SyncStatusReport['daemon']): string {
  if (!daemon) return 'none is recorded';
  const { port, pid, package_version: version, state } = daemon;
  const details = [
    ...(port === null ? [] : [`port ${port}`]),
    ...(pid === null ? [] : [`PID ${pid}`]),
    ...(version === null ? [] : [version]),
  ];
  return details.length === 0 ? state : `${state} (${details.join(', ')})`;
}

function queueWords({
  path,
  pending,
  oldest_at: oldest,
  set_aside: aside,
  unreadable,
}: SyncStatusReport['queue']): string {
  if (path === null) return 'it is not known whose events to upload';
  // The path is in it.
  if (unreadable !== null) return `cannot be read: ${unreadable}`;
  const setAside = aside ? aside.too_large + aside.malformed + aside.other_team : 0;
  const events = `${String(pending)} event${pending === 1 ? '' : 's'} waiting`;
  return `${events}${oldest === null ? '' : `, the oldest from ${oldest}`}${setAside > 0 ? `, ${setAside} of them set aside` : ''} (${path})`;
}
