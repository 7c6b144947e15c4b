#!/usr/bin/env node
import { main } from './cli/main.js';
import { EXIT } from './cli/output.js';
import { localMachine } from './machine/local.js';

void main(localMachine(), process.argv.slice(2)).then((exitCode) => {
  // If a write to stdout or stderr failed, `process.exitCode` is already set.
  process.exitCode ??= exitCode;
  if (exitCode === EXIT.interrupted) exitOnceWritten();
});

/** After Ctrl-C, requests that are still under way are not waited for. A slow reader still gets the whole report. */
function exitOnceWritten(): void {
  const exit = (): void => {
    process.exit();
  };
  process.stdout.once('error', exit).write('', exit);
}
