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
  if (mayContainAtSign(`${pathname}${search}${hash}`)) return null;
  return address === origin ? address : `${origin}${pathname}`;
}

/**
 * Whether the text after the host of a parsed URL may contain an `@`. Any percent sign counts, because an `@` can be
 * encoded several times, and because the parser encodes the characters that normalize to `@`.
 */
export function mayContainAtSign(text: string): boolean {
  return /[@%]/.test(text);
}

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
