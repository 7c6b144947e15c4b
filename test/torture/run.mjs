/** `npm run torture`: in TypeScript, like the fixtures it shares with the tests. */
import { register } from 'node:module';

register('../../bench/typescript-hooks.mjs', import.meta.url);
await import('./main.ts');
