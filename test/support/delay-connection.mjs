// Preloaded into the product. Once the file `$DELAY_CONNECTION_AFTER` exists, each connection attempt waits until the
// file `$DELAY_CONNECTION_UNTIL` exists. It creates the file `$DELAY_CONNECTION_SHOWN` when it begins to wait.

import { existsSync, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';

const {
  DELAY_CONNECTION_AFTER: after,
  DELAY_CONNECTION_SHOWN: shown,
  DELAY_CONNECTION_UNTIL: until,
} = process.env;
const POLL_MS = 5;

const { connect } = Socket.prototype;
Socket.prototype.connect = function (...words) {
  if (existsSync(after)) {
    writeFileSync(shown, '');
    const sleeper = new Int32Array(new SharedArrayBuffer(4));
    while (!existsSync(until)) Atomics.wait(sleeper, 0, 0, POLL_MS);
  }
  return connect.apply(this, words);
};
