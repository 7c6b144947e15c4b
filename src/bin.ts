#!/usr/bin/env node
import { main } from './cli/main.js';

void main(process.argv.slice(2)).then((exitCode) => {
  // Set already where the output could not be written.
  process.exitCode ??= exitCode;
});
