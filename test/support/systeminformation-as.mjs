/**
 * `systeminformation-as.mjs PLATFORM CALL`: prints what the package makes of the tools on the PATH, taken for those of
 * another system.
 */
import { createRequire } from 'node:module';

const [platform, call] = process.argv.slice(2);
Object.defineProperty(process, 'platform', { value: platform });
const information = createRequire(import.meta.url)('systeminformation');
process.stdout.write(JSON.stringify(await information[call]()));
