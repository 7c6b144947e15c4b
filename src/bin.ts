#!/usr/bin/env node
import { main } from './cli/main.js';
import { localMachine } from './machine/local.js';

void main(localMachine(), process.argv.slice(2)).then((exitCode) => {
  // Set already where the output could not be written.
  process.exitCode ??= exitCode;
});
