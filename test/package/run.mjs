/** `npm run nodes`. Registers TypeScript first, because `nodes.ts` shares modules with the tests. */
import { register } from 'node:module';

register('../../bench/typescript-hooks.mjs', import.meta.url);
await import('./nodes.ts');
