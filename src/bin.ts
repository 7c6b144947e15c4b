#!/usr/bin/env node
import { main } from './cli/main.js';
import { localMachine } from './machine/local.js';

void main(localMachine(), process.argv.slice(2)).then((exitCode) => {
  // A failed write to stdout or stderr has set it already.
  process.exitCode ??= exitCode;
});
