/** `npm run nodes`: in TypeScript, like the tests that it shares its parts with. */
import { register } from 'node:module';

register('../../bench/typescript-hooks.mjs', import.meta.url);
await import('./nodes.ts');
