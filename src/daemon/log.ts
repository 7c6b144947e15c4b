import { join } from 'node:path';
import type { JournalLine } from '../model/journal.js';
import type { DrainEnd, DrainOutcome, LastDrain } from '../model/queue.js';
import type { Retirement } from '../model/retirement.js';
import { ROOT_FILES } from '../model/root-files.js';
import { PACKAGE_VERSION } from '../model/version.js';
import { readStat } from '../system/observe/process-table.js';
import { appendLines, appendText } from '../system/write/append-lines.js';
import { writePrivateFile } from '../system/write/write-file.js';
import { OWN_ADDRESS, type OwnIdentity } from './own-identity.js';

/** What a daemon leaves behind in words. A log that cannot be written keeps it from nothing. */
export interface DaemonLog {
  started(): void;
  readonly drained: (outcome: DrainOutcome, at: Date) => void;
  retired(retirement: Retirement): void;
  readonly trouble: (error: unknown) => void;
}

export function openLog({ root, port, id }: OwnIdentity): DaemonLog {
  const say = (words: string): void => {
    appendText(
      join(root, ROOT_FILES.log),
      `${new Date().toISOString()} spec-kitty sync-daemon[${process.pid}] ${words}\n`,
    );
  };
  let lastWords = '';
  return {
    started() {
      say(`${PACKAGE_VERSION} listens on ${OWN_ADDRESS}:${port}`);
    },
    drained(outcome, at) {
      const drain = lastDrain(outcome, at);
      const words = wordsFor(drain);
      // A server that is away for a day is worth one line, and a daemon with nothing to do leaves the disk alone.
      const isNews = words !== lastWords || drain.acknowledged > 0;
      if (!isNews && drain.requests === 0) return;
      lastWords = words;
      writePrivateFile(join(root, ROOT_FILES.lastDrain), `${JSON.stringify(drain, null, 2)}\n`);
      if (isNews) say(words);
    },
    retired({ reason, because }) {
      say(`leaves (${reason}): ${because}`);
      const stat = readStat(process.pid);
      const line: JournalLine = {
        event: 'retirement',
        at: new Date().toISOString(),
        act: id,
        pid: process.pid,
        start_ticks: stat.kind === 'alive' ? stat.startTicks : 0,
        port,
        reason,
        detail: because,
      };
      appendLines(join(root, ROOT_FILES.journal), [line]);
    },
    trouble(error) {
      say(`trouble: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    },
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
