import type { ReadyScope } from '../../model/queue.js';
import { crypto } from '../../system/observe/crypto.js';

/** A name for what is shown to the server as credentials: the same for the same, and without a secret in it. */
export function credentialsOf({ server, user, team, token }: ReadyScope): string {
  return crypto().createHash('sha256').update([server, user, team, token].join('\n')).digest('hex');
}
