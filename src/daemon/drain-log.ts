import { join } from 'node:path';
import type { DaemonLog } from '../lifecycle/log.js';
import type { DrainEnd, DrainOutcome, LastDrain } from '../model/queue.js';
import { ROOT_FILES } from '../model/root-files.js';
import { writePrivateFile } from '../system/write/write-file.js';

/** Writes down what drains come to. @returns to be told after each */
export function openDrainLog(
  root: string,
  { say }: Pick<DaemonLog, 'say'>,
): (outcome: DrainOutcome, at: Date) => void {
  let lastWords = '';
  return (outcome, at) => {
    const drain = lastDrain(outcome, at);
    const words = wordsFor(drain);
    // A server that is away for a day is worth one line, and a daemon with nothing to do leaves the disk alone.
    const isNews = words !== lastWords || drain.acknowledged > 0;
    if (!isNews && drain.requests === 0) return;
    lastWords = words;
    writePrivateFile(join(root, ROOT_FILES.lastDrain), `${JSON.stringify(drain, null, 2)}\n`);
    if (isNews) say(words);
  };
}

function lastDrain({ end, counts }: DrainOutcome, at: Date): LastDrain {
  const { requests, sent, acknowledged, setAside } = counts;
  return {
    at: at.toISOString(),
    end: end.kind,
    detail: detailOf(end),
    requests,
    sent,
    acknowledged,
    set_aside: setAside.too_large + setAside.malformed + setAside.other_team,
  };
}

function detailOf(end: DrainEnd): string | null {
  switch (end.kind) {
    case 'idle':
      return `${end.why}: ${end.detail}`;
    case 'refused':
      return `the server answered HTTP ${end.status}: it waits for new credentials`;
    case 'upload_failed':
    case 'queue_failed':
      return end.why;
    case 'drained':
    case 'stopped':
    case 'abandoned':
    case 'scope_changed':
      return null;
  }
}

function wordsFor({ end, detail, requests, sent, acknowledged }: LastDrain): string {
  const why = detail === null ? '' : ` (${detail})`;
  return `drain: ${end}${why}; ${requests} requests, ${sent} events sent, ${acknowledged} acknowledged`;
}
