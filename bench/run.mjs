/** `npm run bench`: the benchmarks are TypeScript, and so are the fixtures that they share with the tests. */
import { register } from 'node:module';

register('./typescript-hooks.mjs', import.meta.url);
await import('./main.ts');
