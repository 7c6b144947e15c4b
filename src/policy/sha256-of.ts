import { crypto } from '../system/observe/crypto.js';

/** By which a report names a policy: the SHA-256 of its text, which is that of the file's bytes. */
export function sha256Of(text: string): string {
  return crypto().createHash('sha256').update(text).digest('hex');
}
