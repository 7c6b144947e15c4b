import { join } from 'node:path';
import { DAEMON_FILES } from '../model/daemon-files.js';
import type { JournalLine } from '../model/journal.js';
import type { Retirement } from '../model/retirement.js';
import { PACKAGE_VERSION } from '../model/version.js';
import { readStat } from '../system/observe/process-table.js';
import { appendLines, appendText } from '../system/write/append-lines.js';
import { OWN_ADDRESS, type OwnIdentity } from './own-identity.js';

/** What a daemon leaves behind in words. A log that cannot be written keeps it from nothing. */
export interface DaemonLog {
  readonly say: (words: string) => void;
  started(): void;
  retired(retirement: Retirement): void;
  readonly trouble: (error: unknown) => void;
}

export function openLog({ family, root, port, id }: OwnIdentity): DaemonLog {
  const files = DAEMON_FILES[family];
  const say = (words: string): void => {
    appendText(
      join(root, files.log),
      `${new Date().toISOString()} spec-kitty ${NAMES[family]}[${process.pid}] ${words}\n`,
    );
  };
  return {
    say,
    started() {
      say(`${PACKAGE_VERSION} listens on ${OWN_ADDRESS}:${port}`);
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
      appendLines(join(root, files.journal), [line]);
    },
    trouble(error) {
      say(`trouble: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    },
  };
}

const NAMES = { sync: 'sync-daemon', dashboard: 'dashboard' } as const;
