/** The entry of `npm run bench`: runs main.ts, and loads main.ts and the test support that it uses as TypeScript. */
import { register } from 'node:module';

register('./typescript-hooks.mjs', import.meta.url);
await import('./main.ts');
