import { join } from 'node:path';
import type { Machine } from '../machine/machine.js';
import type { JournalLine, Retirement } from '../model/journal.js';
import { startFields } from '../model/opaque-id.js';
import { PACKAGE_VERSION } from '../model/product.js';
import { DAEMON_FILES } from '../model/root.js';
import { errorLines, escapeForTerminal } from '../text/terminal.js';
import { OWN_ADDRESS, type OwnIdentity } from './identity-record.js';

/** The log of one daemon. A log that cannot be written does not stop the daemon. */
export interface DaemonLog {
  readonly write: (message: string) => void;
  started(): void;
  /** Writes the retirement to the log and to the journal of the root. */
  retired(retirement: Retirement): void;
  readonly error: (error: unknown) => void;
}

export function openLog(machine: Machine, { family, root, port, id }: OwnIdentity): DaemonLog {
  const files = DAEMON_FILES[family];
  const write = (...lines: readonly string[]): void => {
    machine.actor.files.appendText(
      join(root, files.log),
      `${machine.observer.clock.now().toISOString()} spec-kitty ${NAMES[family]}[${machine.observer.self.pid}] ${lines.map(escapeForTerminal).join('\n')}\n`,
    );
  };
  return {
    write,
    started() {
      write(`${PACKAGE_VERSION} listens on ${OWN_ADDRESS}:${port}`);
    },
    retired({ reason, detail }) {
      write(`leaves (${reason}): ${detail}`);
      const stat = machine.observer.processes.stat(machine.observer.self.pid);
      const line: JournalLine = {
        event: 'retirement',
        at: machine.observer.clock.now().toISOString(),
        act: id,
        pid: machine.observer.self.pid,
        ...(stat.kind === 'alive' ? startFields(stat.incarnation) : { start_ticks: 0 }),
        port,
        reason,
        detail,
      };
      machine.actor.files.appendLines(join(root, files.journal), [line]);
    },
    error(error) {
      const [what = '', ...frames] = errorLines(error);
      write(`trouble: ${what}`, ...frames);
    },
  };
}

const NAMES = { sync: 'sync-daemon', dashboard: 'dashboard' } as const;
