/**
 * Takes hold of a process while no descriptor is left for it, then signals through what came of that. Prints what the
 * signal came to, and whether the process got it.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { register } from 'node:module';

register('../../bench/typescript-hooks.mjs', import.meta.url);
const { detectPidfd } = await import('../../src/machine/linux/pidfd.ts');

const fence = await detectPidfd();
const bystander = spawn('sleep', ['60'], { stdio: 'ignore' });
const ended = once(bystander, 'exit');
const open = [];
try {
  for (;;) open.push(openSync('/dev/null'));
} catch {
  // None is left, as is wanted.
}
const hold = fence.hold(bystander.pid);
for (const descriptor of open) closeSync(descriptor);
const outcome = hold.signal('SIGTERM');
bystander.kill('SIGKILL');
const [, endedBy] = await ended;
console.log(JSON.stringify({ fence: fence.kind, outcome, endedBy }));
