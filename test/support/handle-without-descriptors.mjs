/**
 * Opens a process handle while no file descriptor is free, then signals with it. Prints the result of the signal and
 * how the process ended.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { register } from 'node:module';

register('../../bench/typescript-hooks.mjs', import.meta.url);
const { detectPidfd } = await import('../../src/machine/linux/pidfd.ts');

const opener = await detectPidfd();
const bystander = spawn('sleep', ['60'], { stdio: 'ignore' });
const ended = once(bystander, 'exit');
const open = [];
try {
  for (;;) open.push(openSync('/dev/null'));
} catch {
  // No descriptor is free now.
}
const handle = opener.open(bystander.pid);
for (const descriptor of open) closeSync(descriptor);
const outcome = handle.signal('SIGTERM');
bystander.kill('SIGKILL');
const [, endedBy] = await ended;
console.log(JSON.stringify({ support: opener.kind, outcome, endedBy }));
