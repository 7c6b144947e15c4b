/* Removes credentials from the addresses in private files before they are shown, saved or logged. */

/**
 * Returns an http(s) address without user, password, query and fragment; null for any other text, which may hold a
 * password that a URL parser does not recognise, for example `user:password@host`.
 */
export function shownServer(text: string | null): string | null {
  const address = text?.trim() ?? '';
  if (!URL.canParse(address)) return null;
  const { protocol, origin, pathname, search, hash } = new URL(address);
  if (protocol !== 'https:' && protocol !== 'http:') return null;
  // `https://user:1/rest-of-password@host` parses as the host `user`.
  if (hasAtSign(`${pathname}${search}${hash}`)) return null;
  return address === origin ? address : `${origin}${pathname}`;
}

/**
 * Whether the text after the host of a parsed URL contains an `@` or a character that normalizes to `@` (U+FE6B,
 * U+FF20), plain or percent-encoded any number of times.
 */
export function hasAtSign(text: string): boolean {
  return AT.test(text);
}

const AT = /@|%(?:25)*(?:40|EF%(?:25)*(?:B9%(?:25)*AB|BC%(?:25)*A0))/i;

/** Returns an account `server|user|team`, with the server as `shownServer` returns it; null for any other text. */
export function shownScope(text: string | null): string | null {
  const [server = '', user = '', team = '', ...rest] = text?.split('|') ?? [];
  const address = shownServer(server);
  if (address === null || rest.length > 0 || !isName(user) || !isName(team)) return null;
  return [address, user, team].join('|');
}

/** Returns an absolute path unchanged; null for any other text, which may be a database address with credentials. */
export function shownPath(text: string | null): string | null {
  return text !== null && /^(?:\/(?!\/)|[A-Za-z]:\\)/.test(text) ? text : null;
}

/**
 * Whether a text is a name or a mail address. A text with a colon may hold a password; a text with a slash may be part
 * of an address.
 */
function isName(text: string): boolean {
  return text !== '' && !/[:/?#\\]/.test(text);
}
