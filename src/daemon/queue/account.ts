import { join } from 'node:path';
import { type Reading, read } from '../../model/evidence.js';
import { strip } from '../../model/python-text.js';
import { ROOT_FILES } from '../../model/root-files.js';
import { crypto } from '../../system/observe/crypto.js';
import { readSettings, type Settings, textAt } from '../../system/observe/settings.js';
import { withoutTrailingSlashes } from './server.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Who is signed in, and where. The three name one queue file. */
export interface Account {
  readonly server: string;
  readonly user: string;
  readonly teamSlug: string;
}

/** What `credentials` says; a part that it lacks is null. Nobody is signed in without a user. */
export interface SignIn {
  readonly server: string | null;
  readonly user: string | null;
  readonly teamSlug: string | null;
}

/** The server is that of `credentials`, else of `SPEC_KITTY_SAAS_URL`, else of `config.toml`. */
export function readSignIn(root: string, environment: Environment, config: Settings): Reading<SignIn> {
  const credentials = readSettings(join(root, ROOT_FILES.credentials));
  if (!credentials.ok) return credentials;
  const user = textAt(credentials.value, 'user', 'username');
  if (!user.ok) return user;
  const teamSlug = textAt(credentials.value, 'user', 'team_slug');
  if (!teamSlug.ok) return teamSlug;
  const server = textAt(credentials.value, 'server', 'url');
  if (!server.ok) return server;
  const fallback = strip(environment['SPEC_KITTY_SAAS_URL'] ?? '');
  if (server.value !== null || fallback !== '')
    return read({ server: server.value ?? fallback, user: user.value, teamSlug: teamSlug.value });
  const configured = textAt(config, 'sync', 'server_url');
  if (!configured.ok) return configured;
  return read({ server: configured.value, user: user.value, teamSlug: teamSlug.value });
}

/** The queue file of an account: `queues/queue-<digest>.db`. */
export function queuePathOf(root: string, account: Account): string {
  const digest = crypto().createHash('sha256').update(nameOf(account)).digest('hex').slice(0, 16);
  return join(root, ROOT_FILES.queueFolder, `queue-${digest}.db`);
}

/** Two accounts with the same name share a queue file. */
export function nameOf({ server, user, teamSlug }: Account): string {
  return [withoutTrailingSlashes(normal(server)), normal(user), normal(teamSlug)].join('|');
}

/** How user, team and server are compared. */
export function normal(text: string): string {
  return strip(text).toLowerCase();
}
