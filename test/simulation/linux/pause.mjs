/**
 * Preloaded into the product: at one step it creates the file `$PAUSE_FOLDER/paused`, and waits until the file
 * `$PAUSE_FOLDER/go` exists. No line of the product runs meanwhile, as if it were stopped by SIGSTOP.
 */
import { existsSync, writeFileSync } from 'node:fs';
import fs from 'node:fs';
import { Socket } from 'node:net';

const { PAUSE_FOLDER: folder, PAUSE_AT: step } = process.env;
const POLL_MS = 2;
let wasPaused = false;
let hasIntent = false;

function pauseAt(reached) {
  if (reached !== step || wasPaused) return;
  wasPaused = true;
  writeFileSync(`${folder}/paused`, '');
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  while (!existsSync(`${folder}/go`)) Atomics.wait(sleeper, 0, 0, POLL_MS);
}

const { openSync } = fs;
fs.openSync = function (path, flags, ...rest) {
  if (typeof path === 'string') {
    if (path.endsWith('/sweep.lock')) pauseAt('lock');
    const isWritten = typeof flags === 'number' && (flags & fs.constants.O_APPEND) !== 0;
    if (path.endsWith('/journal.jsonl') && isWritten) {
      if (!hasIntent) pauseAt('journal');
      hasIntent = true;
    }
  }
  return openSync(path, flags, ...rest);
};

const { connect } = Socket.prototype;
Socket.prototype.connect = function (...words) {
  pauseAt(hasIntent ? 'request' : 'health');
  return connect.apply(this, words);
};
