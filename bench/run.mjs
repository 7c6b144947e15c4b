/** `npm run bench`: runs main.ts, which is TypeScript like the test support that it uses. */
import { register } from 'node:module';

register('./typescript-hooks.mjs', import.meta.url);
await import('./main.ts');
