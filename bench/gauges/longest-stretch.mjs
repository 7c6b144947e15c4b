/**
 * Prints the longest time in milliseconds for which this program had to wait for a turn of its event loop:
 * `longest-stretch.mjs start` while it starts us for the first time, `longest-stretch.mjs nothing` while it does nothing
 * for as long.
 */
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { DaemonIntent, ensureSyncDaemon } from '../../dist/index.cjs';

/** As long as a start takes. */
const NOTHING_MS = 120;

// The watch itself has to be warm.
for (let round = 0; round < 100; round++) await turn();

let longest = 0;
let isOver = false;
let last = performance.now();
const work =
  process.argv[2] === 'start'
    ? ensureSyncDaemon({ intent: DaemonIntent.REMOTE_REQUIRED })
    : sleep(NOTHING_MS);
const done = work.then(() => {
  isOver = true;
});
while (!isOver) {
  await turn();
  const now = performance.now();
  longest = Math.max(longest, now - last);
  last = now;
}
await done;
console.log(longest);
