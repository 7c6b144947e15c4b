/** Runs main.ts, which is TypeScript like the product. */
import { register } from 'node:module';

register('../../../bench/typescript-hooks.mjs', import.meta.url);
await import('./main.ts');
