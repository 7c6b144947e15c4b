/** `drain-process.mjs ROOT`: drains a root repeatedly until it is killed, and prints each outcome. */
import { register } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';

register('../../bench/typescript-hooks.mjs', import.meta.url);
const { drain } = await import('../../src/sync/drain.ts');
const { pinnedScope } = await import('../../src/sync/account.ts');
const { localMachine } = await import('../../src/machine/local.ts');

const machine = localMachine();

const root = process.argv[2];
const never = new AbortController().signal;
const readScope = pinnedScope(machine.observer, root, process.env, null);
for (;;) {
  const outcome = await drain(machine, {
    root,
    readScope,
    onInFlightChange: () => undefined,
    stop: never,
    abandon: never,
  });
  console.log(JSON.stringify(outcome));
  await sleep(5);
}
