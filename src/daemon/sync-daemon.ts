import { closeSync, fstatSync, writeSync } from 'node:fs';
import { LOCK_DESCRIPTOR, READY_DESCRIPTOR, type StartAnswer } from '../model/daemon-settings.js';
import { parseSpawnShape } from '../model/spawn-shape.js';
import { beginDaemon } from './daemon.js';
import { settingsFrom } from './settings.js';

/**
 * The program of the sync daemon. Started by `src/startup`, which hands it the lock of starts and waits for one line:
 * the lock is let go when the daemon has recorded itself, also if its starter is gone by then.
 */
void begin().then((answer) => {
  quietly(() => {
    closeSync(LOCK_DESCRIPTOR);
  });
  // Whoever started us may have stopped waiting.
  quietly(() => {
    writeSync(READY_DESCRIPTOR, `${JSON.stringify(answer)}\n`);
    closeSync(READY_DESCRIPTOR);
  });
  if (answer.ok) return;
  process.stderr.write(`spec-kitty sync-daemon: ${answer.why}\n`);
  process.exit(1);
});

async function begin(): Promise<StartAnswer> {
  const [script = '', ...words] = process.argv.slice(1);
  const shape = parseSpawnShape({ elements: [process.execPath, script, ...words], exact: true });
  if (shape?.generation !== 'own' || !inherited(LOCK_DESCRIPTOR)) {
    return { ok: false, code: 'usage', why: 'it is started by `spec-kitty sync start`, not by hand' };
  }
  const { root, port, id } = shape;
  const begun = await beginDaemon(root, port, id, settingsFrom(process.env));
  return begun.ok ? { ok: true, pid: process.pid } : begun;
}

function inherited(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isFile();
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
