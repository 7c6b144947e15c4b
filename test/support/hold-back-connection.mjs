// Preloaded into the product: once `$HOLD_BACK_AFTER` exists, a connection is held back until `$HOLD_BACK_UNTIL` exists.
// That it is held back shows in `$HOLD_BACK_SHOWN`.

import { existsSync, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';

const { HOLD_BACK_AFTER: after, HOLD_BACK_SHOWN: shown, HOLD_BACK_UNTIL: until } = process.env;
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
