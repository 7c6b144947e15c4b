/** `drain-process.mjs ROOT`: drains a root again and again until it is killed. Prints each result as a line of JSON. */
import { register } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';

register('../../bench/typescript-hooks.mjs', import.meta.url);
const { drain } = await import('../../src/sync/drain.ts');
const { heldScope } = await import('../../src/sync/account.ts');
const { localMachine } = await import('../../src/machine/local.ts');

const machine = localMachine();

const root = process.argv[2];
const never = new AbortController().signal;
const readScope = heldScope(machine.observer, root, process.env, null);
for (;;) {
  const outcome = await drain(machine, {
    root,
    readScope,
    onBatch: () => undefined,
    stop: never,
    abandon: never,
  });
  console.log(JSON.stringify(outcome));
  await sleep(5);
}
