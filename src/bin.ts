#!/usr/bin/env node
import { main } from './cli/main.js';
import { EXIT } from './cli/output.js';
import { localMachine } from './machine/local.js';

void main(localMachine(), process.argv.slice(2)).then((exitCode) => {
  // If a write to stdout or stderr failed, `process.exitCode` is already set.
  process.exitCode ??= exitCode;
  // After Ctrl-C nobody waits for the requests that are still under way.
  if (exitCode === EXIT.interrupted) process.exit();
});
