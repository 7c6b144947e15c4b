import { createHash } from 'node:crypto';
import { join, resolve, sep } from 'node:path';
import type { Observer } from '../machine/machine.js';
import { type Environment } from '../machine/runtime.js';
import { strip } from '../model/python-text.js';
import { err, ok, type Result } from '../model/result.js';
import { ROOT_FILES, type WorkScope } from '../model/root.js';
import { mayContainAtSign, shownScope, shownServer } from '../model/shown-address.js';
import type { IdleReason } from '../model/upload.js';
import { isTable, readSettings, type Settings, tableAt, textAt } from './settings-file.js';
import { inertName } from '../text/terminal.js';

/**
 * The scope of a queue whose events may be sent: every value that determines where the events go. If one of these
 * values is unknown, the scope is idle instead.
 */
export interface ReadyScope {
  readonly kind: 'ready';
  readonly queuePath: string;
  /** Without a trailing slash; https, or http to this machine. */
  readonly server: string;
  readonly user: string;
  /** Determines the queue file, together with server and user. */
  readonly teamSlug: string;
  /** Id of the user's private team, which receives the events. */
  readonly team: string;
  /** Secret: used in the Authorization header only. */
  readonly token: string;
}

interface IdleScope {
  readonly kind: 'idle';
  readonly why: IdleReason;
  /** What to correct, as text; with file:line:column for an error in a file. Contains no secret. */
  readonly detail: string;
  /** The queue file whose events wait; null if unknown. */
  readonly queuePath: string | null;
}

export type QueueScope = ReadyScope | IdleScope;

/** Visible ASCII without spaces: safe as the value of an HTTP header. */
const HEADER_VALUE = /^[!-~]+$/;

/**
 * Determines which queue file the daemon of a root drains, and whether its events may be sent. Every call reads the
 * account and the settings again, because they may change at any time. Never throws.
 * @param environment `SPEC_KITTY_ACCESS_TOKEN`, `SPEC_KITTY_TEAM_ID` and, as a fallback, `SPEC_KITTY_SAAS_URL`
 * @param checkout the folder that sync was started from, whose opt-out applies; null if there is none
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
  if (optOut?.value != null)
    return idle('opted_out', `config.toml opts ${inertName(optOut.value)} out`, queuePath);
  const server = validateServerUrl(account.server);
  if (!server.ok) return idle('server_refused', server.why, queuePath);
  const token = environment['SPEC_KITTY_ACCESS_TOKEN']?.trim();
  if (!token) return idle('no_token', 'SPEC_KITTY_ACCESS_TOKEN is not set', queuePath);
  if (!HEADER_VALUE.test(token))
    return idle('no_token', 'SPEC_KITTY_ACCESS_TOKEN is not a valid token', queuePath);
  const team = environment['SPEC_KITTY_TEAM_ID']?.trim();
  if (!team) return idle('no_team', 'SPEC_KITTY_TEAM_ID is not set', queuePath);
  if (!HEADER_VALUE.test(team))
    return idle('no_team', 'SPEC_KITTY_TEAM_ID is not a valid team id', queuePath);
  return { kind: 'ready', ...account, queuePath, server: server.value, team, token };
}

/**
 * Reads the scope for a daemon. The daemon's environment has the token and team of the account that was signed in when
 * the daemon started, so the daemon sends for that account only. For another account the scope is idle
 * (`account_changed`).
 * @returns a function that reads the current scope
 */
export function pinnedScope(
  observer: Observer,
  root: string,
  environment: Environment,
  checkout: string | null,
): () => QueueScope {
  const first = readAccount(observer, root, environment);
  const pinned = first.ok ? accountName(first.account) : null;
  return () => {
    const scope = queueScope(observer, root, environment, checkout);
    if (scope.kind === 'idle' || accountName(scope) === pinned) return scope;
    const detail = 'another account was signed in when this process started and received its token';
    return idle('account_changed', detail, scope.queuePath);
  };
}

/** Length limit of an account name in records and reports; a longer name is left out. */
const MAX_NAME_LENGTH = 1024;

/**
 * Reads the queue file, account and server for identity records and reports (FR-001). If the server address is refused,
 * account and server are left out, because the address may contain a password (pitfall 31).
 */
export function workScope(observer: Observer, root: string, environment: Environment): WorkScope {
  const signedIn = readAccount(observer, root, environment);
  if (!signedIn.ok) return { queueDbPath: signedIn.idle.queuePath, authScope: null, serverUrl: null };
  const { account } = signedIn;
  const server = validateServerUrl(account.server);
  const name = accountName(account);
  const isShown = server.ok && name.length <= MAX_NAME_LENGTH;
  return {
    queueDbPath: queuePathOf(root, account),
    authScope: isShown ? shownScope(name) : null,
    serverUrl: isShown ? shownServer(server.value) : null,
  };
}

type AccountResult =
  | { readonly ok: true; readonly account: Account; readonly config: Settings }
  | { readonly ok: false; readonly idle: IdleScope };

function readAccount(observer: Observer, root: string, environment: Environment): AccountResult {
  const failed = (...reason: Parameters<typeof idle>): AccountResult => ({
    ok: false,
    idle: idle(...reason),
  });
  const config = readSettings(observer, join(root, ROOT_FILES.config));
  if (!config.ok) return failed('unreadable', config.why);
  const signIn = readSignIn(observer, root, environment, config.value);
  if (!signIn.ok) return failed('unreadable', signIn.why);
  const { server, user, teamSlug } = signIn.value;
  const credentials = join(root, ROOT_FILES.credentials);
  if (user === null)
    return failed(
      'not_signed_in',
      `no user in ${inertName(credentials)}`,
      join(root, ROOT_FILES.signedOutQueue),
    );
  if (teamSlug === null) return failed('no_team', `no [user] team_slug in ${inertName(credentials)}`);
  if (server === null)
    return failed('no_server', 'neither credentials nor SPEC_KITTY_SAAS_URL nor config.toml names one');
  return { ok: true, account: { server, user, teamSlug }, config: config.value };
}

function idle(why: IdleReason, detail: string, queuePath: string | null = null): IdleScope {
  return { kind: 'idle', why, detail, queuePath };
}

/** The account that is signed in. The three fields determine the queue file. */
export interface Account {
  readonly server: string;
  readonly user: string;
  readonly teamSlug: string;
}

/**
 * The user and team in `credentials`, and the server that `readSignIn` finds. Absent parts are null. Without a user, no
 * account is signed in.
 */
export interface SignIn {
  readonly server: string | null;
  readonly user: string | null;
  readonly teamSlug: string | null;
}

/**
 * Reads user and team from `credentials`. The server comes from `credentials`, else from `SPEC_KITTY_SAAS_URL`, else
 * from `config.toml`.
 */
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

/** Returns the path of an account's queue file: `queues/queue-<digest>.db`. */
function queuePathOf(root: string, account: Account): string {
  const digest = createHash('sha256').update(accountName(account)).digest('hex').slice(0, 16);
  return join(root, ROOT_FILES.queueFolder, `queue-${digest}.db`);
}

/** Returns the normalized name of an account. The digest of this name is part of the queue file's name. */
export function accountName({ server, user, teamSlug }: Account): string {
  return [withoutTrailingSlashes(normalize(server)), normalize(user), normalize(teamSlug)].join('|');
}

/** Normalizes a user, team or server for comparison, as released programs do. */
export function normalize(text: string): string {
  return strip(text).toLowerCase();
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/**
 * Validates the address of the server. Plain http is accepted for a loopback address only, because over a network http
 * would send the token in clear. An address with a user name, password, query or fragment is refused.
 * @returns the address without trailing slashes, or why it is refused
 */
export function validateServerUrl(text: string): Result<string> {
  const server = withoutTrailingSlashes(strip(text));
  if (!URL.canParse(server)) return err('the server is not a URL');
  const url = new URL(server);
  // `https://user:1/rest-of-password@host` parses as the host `user`, so `@` in the path is refused too.
  if (url.username || url.password || url.search || url.hash || mayContainAtSign(url.pathname))
    return err('the server has more than an address and a path');
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && LOOPBACK.test(url.hostname))) {
    // Other schemes are not quoted: the text before the first colon may be a user name or a secret.
    const kind = url.protocol === 'http:' ? `http://${url.host}` : 'another kind of address';
    return err(`the token is sent by https only, and the server is ${kind}`);
  }
  if (PLAIN_ADDRESS.exec(server)?.[1]?.toLowerCase() !== url.hostname)
    return err('programs disagree about the host that the server address names');
  return ok(server);
}

/**
 * Matches addresses whose host every URL parser reads the same. Parsers disagree on `https:/\\host` or
 * `https://0x7f.1`.
 */
const PLAIN_ADDRESS = /^https?:\/\/([\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?(?:\/[!-[\]-~]*)?$/i;

export function uploadUrl(server: string): URL {
  return new URL(`${server}/api/v1/events/batch/`);
}

/** Uses a loop, because a regular expression would take quadratic time on many slashes. */
function withoutTrailingSlashes(text: string): string {
  let end = text.length;
  while (text[end - 1] === '/') end -= 1;
  return text.slice(0, end);
}

/**
 * Finds an opt-out for the checkout or a folder that contains it: `[sync.checkout_overrides."<path>"] enabled = false`.
 * An override with any value other than `true` counts as an opt-out.
 * @returns the path of the override that applies, or null
 */
function optOutOf(observer: Observer, config: Settings, checkout: string): Result<string | null> {
  const sync = tableAt(config, 'sync');
  if (!sync.ok) return sync;
  const overrides = tableAt({ path: config.path, content: sync.value }, 'checkout_overrides');
  if (!overrides.ok) return overrides;
  const checkoutPaths = [resolve(checkout), realPath(observer, checkout)];
  const optOut = Object.entries(overrides.value).find(
    ([path, override]) =>
      !(isTable(override) && override['enabled'] === true) &&
      [resolve(path), realPath(observer, path)].some((folder) =>
        checkoutPaths.some((checkoutPath) => isWithin(checkoutPath, folder)),
      ),
  );
  return ok(optOut?.[0] ?? null);
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/** Resolves symbolic links. A path that cannot be resolved, such as an absent one, is only made absolute. */
function realPath(observer: Observer, path: string): string {
  const found = observer.files.realPath(path);
  return found.ok ? found.value : resolve(path);
}

/** Returns a digest of the credentials that the server sees, to compare them later without storing the token. */
export function credentialsOf({ server, user, team, token }: ReadyScope): string {
  return createHash('sha256').update([server, user, team, token].join('\n')).digest('hex');
}
