/** Runs model-mutants.ts. */
import { register } from 'node:module';

register('../../bench/typescript-hooks.mjs', import.meta.url);
await import('./model-mutants.ts');
