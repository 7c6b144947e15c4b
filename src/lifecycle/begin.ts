import { closeSync, fstatSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DAEMON_FILES } from '../model/daemon-files.js';
import { LOCK_DESCRIPTOR, READY_DESCRIPTOR, type StartAnswer } from '../model/daemon-settings.js';
import type { Family } from '../model/family.js';
import { type OwnShape, parseSpawnShape } from '../model/spawn-shape.js';
import type { Begun } from './live.js';

/**
 * The way in of a daemon's program. Whoever started it handed it the lock of starts and waits for one line: the lock is
 * let go when the daemon has recorded itself, also if its starter is gone by then.
 * @param startedBy the command that starts it, for who tries by hand
 */
export async function begin(
  family: Family,
  startedBy: string,
  beginDaemon: (shape: OwnShape) => Promise<Begun>,
): Promise<void> {
  const [script = '', ...words] = process.argv.slice(1);
  const shape = parseSpawnShape(family, { elements: [process.execPath, script, ...words], exact: true });
  if (shape?.generation !== 'own' || !isLockOf(family, shape.root)) {
    // What is open under these numbers is not ours to close: it may be what Node itself works by.
    leave(family, `it is started by \`${startedBy}\`, not by hand`);
  }
  const begun = await beginDaemon(shape);
  const answer: StartAnswer = begun.ok ? { ok: true, pid: process.pid } : begun;
  quietly(() => {
    closeSync(LOCK_DESCRIPTOR);
  });
  // Whoever started us may have stopped waiting.
  quietly(() => {
    writeSync(READY_DESCRIPTOR, `${JSON.stringify(answer)}\n`);
    closeSync(READY_DESCRIPTOR);
  });
  if (!answer.ok) leave(family, answer.why);
}

function leave(family: Family, why: string): never {
  process.stderr.write(`spec-kitty ${family} daemon: ${why}\n`);
  process.exit(1);
}

/** Whether what was inherited is the lock of starts, and no other file that happens to have its number. */
function isLockOf(family: Family, root: string): boolean {
  try {
    const [inherited, lock] = [fstatSync(LOCK_DESCRIPTOR), statSync(join(root, DAEMON_FILES[family].lock))];
    return inherited.dev === lock.dev && inherited.ino === lock.ino;
  } catch {
    return false;
  }
}

function quietly(act: () => void): void {
  try {
    act();
  } catch {
    // Nobody is there to be told.
  }
}
