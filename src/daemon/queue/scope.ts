import { join } from 'node:path';
import type { WorkScope } from '../../model/files.js';
import type { IdleReason, IdleScope, QueueScope } from '../../model/queue.js';
import { shownScope, shownServer } from '../../model/shown-address.js';
import { ROOT_FILES } from '../../model/root-files.js';
import { type Account, type Environment, nameOf, queuePathOf, readSignIn } from './account.js';
import { optOutOf } from './opt-out.js';
import { readServer } from './server.js';
import { readSettings, type Settings } from '../../system/observe/settings.js';

/** What may stand in a header without meaning anything else: visible ASCII, without a space. */
const VISIBLE = /^[!-~]+$/;

/**
 * Which queue this root drains now, and whether anything may be sent. Read anew on each call, because the files may
 * change at any time. Never throws.
 * @param environment `SPEC_KITTY_ACCESS_TOKEN`, `SPEC_KITTY_TEAM_ID` and, as a fallback, `SPEC_KITTY_SAAS_URL`
 * @param checkout for which sync was asked for; an opt-out of it is in force. Null where there is none
 */
export function queueScope(root: string, environment: Environment, checkout: string | null): QueueScope {
  const signedIn = readAccount(root, environment);
  if (!signedIn.ok) return signedIn.idle;
  const { account, config } = signedIn;
  const queuePath = queuePathOf(root, account);
  const optOut = checkout === null ? null : optOutOf(config, checkout);
  if (optOut?.ok === false) return idle('unreadable', optOut.why, queuePath);
  if (optOut?.value != null) return idle('opted_out', `config.toml opts ${optOut.value} out`, queuePath);
  const server = readServer(account.server);
  if (!server.ok) return idle('server_refused', server.why, queuePath);
  const token = environment['SPEC_KITTY_ACCESS_TOKEN']?.trim();
  if (!token) return idle('no_token', 'SPEC_KITTY_ACCESS_TOKEN is not set', queuePath);
  if (!VISIBLE.test(token)) return idle('no_token', 'SPEC_KITTY_ACCESS_TOKEN is no token', queuePath);
  const team = environment['SPEC_KITTY_TEAM_ID']?.trim();
  if (!team) return idle('no_team', 'SPEC_KITTY_TEAM_ID is not set', queuePath);
  if (!VISIBLE.test(team)) return idle('no_team', 'SPEC_KITTY_TEAM_ID is no team id', queuePath);
  return { kind: 'ready', ...account, queuePath, server: server.value, team, token };
}

/**
 * The same for a process that lives on. Its environment carries the token and team of whoever was signed in when it
 * started, so it sends for that account only: any other is idle with `account_changed`.
 * @returns what reads the scope anew, each time
 */
export function heldScope(root: string, environment: Environment, checkout: string | null): () => QueueScope {
  const first = readAccount(root, environment);
  const held = first.ok ? nameOf(first.account) : null;
  return () => {
    const scope = queueScope(root, environment, checkout);
    if (scope.kind === 'idle' || nameOf(scope) === held) return scope;
    const detail = 'not the account that was signed in when this process was started with its token';
    return idle('account_changed', detail, scope.queuePath);
  };
}

/** The longest name of an account or a server that is worth a place in a record. */
const LONGEST_NAME = 1024;

/**
 * The same in a few words, for reports: whose queue it is, and where it goes. An address that is refused is not shown, and
 * neither is a name that nobody could read to its end.
 */
export function workScope(root: string, environment: Environment): WorkScope {
  const signedIn = readAccount(root, environment);
  if (!signedIn.ok) return { queueDbPath: signedIn.idle.queuePath, authScope: null, serverUrl: null };
  const { account } = signedIn;
  const server = readServer(account.server);
  const name = nameOf(account);
  const isShown = server.ok && name.length <= LONGEST_NAME;
  return {
    queueDbPath: queuePathOf(root, account),
    authScope: isShown ? shownScope(name) : null,
    serverUrl: isShown ? shownServer(server.value) : null,
  };
}

type AccountReading =
  | { readonly ok: true; readonly account: Account; readonly config: Settings }
  | { readonly ok: false; readonly idle: IdleScope };

function readAccount(root: string, environment: Environment): AccountReading {
  const because = (...words: Parameters<typeof idle>): AccountReading => ({
    ok: false,
    idle: idle(...words),
  });
  const config = readSettings(join(root, ROOT_FILES.config));
  if (!config.ok) return because('unreadable', config.why);
  const signIn = readSignIn(root, environment, config.value);
  if (!signIn.ok) return because('unreadable', signIn.why);
  const { server, user, teamSlug } = signIn.value;
  const credentials = join(root, ROOT_FILES.credentials);
  if (user === null)
    return because('not_signed_in', `no user in ${credentials}`, join(root, ROOT_FILES.signedOutQueue));
  if (teamSlug === null) return because('no_team', `no [user] team_slug in ${credentials}`);
  if (server === null)
    return because('no_server', 'neither credentials nor SPEC_KITTY_SAAS_URL nor config.toml names one');
  return { ok: true, account: { server, user, teamSlug }, config: config.value };
}

function idle(why: IdleReason, detail: string, queuePath: string | null = null): IdleScope {
  return { kind: 'idle', why, detail, queuePath };
}
