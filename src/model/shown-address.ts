/** What may be shown, saved and written down of the addresses in private files: an address, and never a credential. */

/**
 * An http(s) address without user, password, query and fragment; null for everything else. Text that is no such address
 * may be a password in a form that no parser sees, like `user:password@host`.
 */
export function shownServer(text: string | null): string | null {
  const address = text?.trim() ?? '';
  if (!URL.canParse(address)) return null;
  const { protocol, origin, pathname, search, hash } = new URL(address);
  if (protocol !== 'https:' && protocol !== 'http:') return null;
  // `https://user:1/rest-of-password@host` parses as the host `user`.
  if (AT.test(`${pathname}${search}${hash}`)) return null;
  return address === origin ? address : `${origin}${pathname}`;
}

/** An `@`, the full-width one too, encoded as often as may be. */
const AT = /@|%(?:25)*(?:40|EF%(?:25)*BC%(?:25)*A0)/i;

/** An account as `server|user|team`, with the server as above; null for everything else. */
export function shownScope(text: string | null): string | null {
  const [server = '', user = '', team = '', ...rest] = text?.split('|') ?? [];
  const address = shownServer(server);
  if (address === null || rest.length > 0 || !isName(user) || !isName(team)) return null;
  return [address, user, team].join('|');
}

/** An absolute path; null for everything else, which may be the address of a database, with or without a scheme. */
export function shownPath(text: string | null): string | null {
  return text !== null && /^(?:\/(?!\/)|[A-Za-z]:\\)/.test(text) ? text : null;
}

/** A name or a mail address: nothing with a password behind a colon, or a part of an address. */
function isName(text: string): boolean {
  return text !== '' && !/[:/?#\\]/.test(text);
}
