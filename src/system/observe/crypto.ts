import type * as Crypto from 'node:crypto';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.filename);

/** Node's cryptography, loaded when it is wanted: on an empty range nothing needs it, and it brings all of streams. */
export function crypto(): typeof Crypto {
  return require('node:crypto') as typeof Crypto;
}
