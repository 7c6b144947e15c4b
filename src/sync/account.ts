import { createHash } from 'node:crypto';
import { join, resolve, sep } from 'node:path';
import type { Observer } from '../machine/machine.js';
import { type Environment } from '../machine/runtime.js';
import { strip } from '../model/python-text.js';
import { err, ok, type Result } from '../model/result.js';
import { ROOT_FILES, type WorkScope } from '../model/root.js';
import { shownScope, shownServer } from '../model/shown-address.js';
import type { IdleReason, IdleScope, QueueScope, ReadyScope } from './queue.js';
import { isTable, readSettings, type Settings, tableAt, textAt } from './settings-file.js';

/** What may stand in a header without meaning anything else: visible ASCII, without a space. */
const VISIBLE = /^[!-~]+$/;

/**
 * Which queue this root drains now, and whether anything may be sent. Read anew on each call, because the files may
 * change at any time. Never throws.
 * @param environment `SPEC_KITTY_ACCESS_TOKEN`, `SPEC_KITTY_TEAM_ID` and, as a fallback, `SPEC_KITTY_SAAS_URL`
 * @param checkout for which sync was asked for; an opt-out of it is in force. Null where there is none
 */
export function queueScope(
  observer: Observer,
  root: string,
  environment: Environment,
  checkout: string | null,
): QueueScope {
  const signedIn = readAccount(observer, root, environment);
  if (!signedIn.ok) return signedIn.idle;
  const { account, config } = signedIn;
  const queuePath = queuePathOf(root, account);
  const optOut = checkout === null ? null : optOutOf(observer, config, checkout);
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
export function lockedScope(
  observer: Observer,
  root: string,
  environment: Environment,
  checkout: string | null,
): () => QueueScope {
  const first = readAccount(observer, root, environment);
  const held = first.ok ? nameOf(first.account) : null;
  return () => {
    const scope = queueScope(observer, root, environment, checkout);
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
export function workScope(observer: Observer, root: string, environment: Environment): WorkScope {
  const signedIn = readAccount(observer, root, environment);
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

function readAccount(observer: Observer, root: string, environment: Environment): AccountReading {
  const because = (...words: Parameters<typeof idle>): AccountReading => ({
    ok: false,
    idle: idle(...words),
  });
  const config = readSettings(observer, join(root, ROOT_FILES.config));
  if (!config.ok) return because('unreadable', config.why);
  const signIn = readSignIn(observer, root, environment, config.value);
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
export function readSignIn(
  observer: Observer,
  root: string,
  environment: Environment,
  config: Settings,
): Result<SignIn> {
  const credentials = readSettings(observer, join(root, ROOT_FILES.credentials));
  if (!credentials.ok) return credentials;
  const user = textAt(credentials.value, 'user', 'username');
  if (!user.ok) return user;
  const teamSlug = textAt(credentials.value, 'user', 'team_slug');
  if (!teamSlug.ok) return teamSlug;
  const server = textAt(credentials.value, 'server', 'url');
  if (!server.ok) return server;
  const fallback = strip(environment['SPEC_KITTY_SAAS_URL'] ?? '');
  if (server.value !== null || fallback !== '')
    return ok({ server: server.value ?? fallback, user: user.value, teamSlug: teamSlug.value });
  const configured = textAt(config, 'sync', 'server_url');
  if (!configured.ok) return configured;
  return ok({ server: configured.value, user: user.value, teamSlug: teamSlug.value });
}

/** The queue file of an account: `queues/queue-<digest>.db`. */
function queuePathOf(root: string, account: Account): string {
  const digest = createHash('sha256').update(nameOf(account)).digest('hex').slice(0, 16);
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

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/**
 * The server as requests are addressed to it, or why it gets none. A token in clear over a network is a leak, so plain
 * http is for this machine only. An address with a name and password, a query or a fragment is not taken for what it
 * might mean.
 */
export function readServer(text: string): Result<string> {
  const server = withoutTrailingSlashes(strip(text));
  if (!URL.canParse(server)) return err('the server is no URL');
  const url = new URL(server);
  // `https://user:1/rest-of-password@host` parses as the host `user`.
  if (url.username || url.password || url.search || url.hash || url.pathname.includes('@'))
    return err('the server has more than an address and a path in it');
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && LOOPBACK.test(url.hostname))) {
    // What stands before the first colon of anything else may be a user name, or a secret.
    const kind = url.protocol === 'http:' ? `http://${url.host}` : 'another kind of address';
    return err(`the token is sent by https only, and the server is ${kind}`);
  }
  if (PLAIN_ADDRESS.exec(server)?.[1]?.toLowerCase() !== url.hostname)
    return err('programs differ in which host its address means');
  return ok(server);
}

/** `https:/\\host`, `https://0x7f.1` and the like reach different hosts, or none, by different parsers. */
const PLAIN_ADDRESS = /^https?:\/\/([\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?(?:\/[!-[\]-~]*)?$/i;

export function uploadUrl(server: string): URL {
  return new URL(`${server}/api/v1/events/batch/`);
}

/** Not by an expression, which would start anew at every slash. */
function withoutTrailingSlashes(text: string): string {
  let end = text.length;
  while (text[end - 1] === '/') end -= 1;
  return text.slice(0, end);
}

/**
 * Whether the checkout may not send: `[sync.checkout_overrides."<path>"] enabled = false` for it or for a folder around
 * it. Only a clear `true` lets it.
 * @returns the path of the override in force, or null
 */
function optOutOf(observer: Observer, config: Settings, checkout: string): Result<string | null> {
  const sync = tableAt(config, 'sync');
  if (!sync.ok) return sync;
  const overrides = tableAt({ path: config.path, content: sync.value }, 'checkout_overrides');
  if (!overrides.ok) return overrides;
  const places = [resolve(checkout), realPath(observer, checkout)];
  const inForce = Object.entries(overrides.value).find(
    ([path, override]) =>
      !(isTable(override) && override['enabled'] === true) &&
      [resolve(path), realPath(observer, path)].some((refused) =>
        places.some((place) => isWithin(place, refused)),
      ),
  );
  return ok(inForce?.[0] ?? null);
}

function isWithin(place: string, folder: string): boolean {
  return place === folder || place.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/** Where symbolic links lead; the path itself where nothing is there. */
function realPath(observer: Observer, path: string): string {
  const found = observer.files.realPath(path);
  return found.ok ? found.value : resolve(path);
}

/** A name for what is shown to the server as credentials: the same for the same, and without a secret in it. */
export function credentialsOf({ server, user, team, token }: ReadyScope): string {
  return createHash('sha256').update([server, user, team, token].join('\n')).digest('hex');
}
