/** Runs replay.ts. */
import { register } from 'node:module';

register('../../bench/typescript-hooks.mjs', import.meta.url);
await import('./replay.ts');
