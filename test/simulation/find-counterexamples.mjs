/** `npm run simulate:guards`: runs find-counterexamples.ts. */
import { register } from 'node:module';

register('../../bench/typescript-hooks.mjs', import.meta.url);
await import('./find-counterexamples.ts');
