import { type Reading, read, unread } from '../../model/evidence.js';
import { strip } from '../../model/python-text.js';

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/**
 * The server as requests are addressed to it, or why it gets none. A token in clear over a network is a leak, so plain
 * http is for this machine only. An address with a name and password, a query or a fragment is not taken for what it
 * might mean.
 */
export function readServer(text: string): Reading<string> {
  const server = withoutTrailingSlashes(strip(text));
  if (!URL.canParse(server)) return unread('the server is no URL');
  const url = new URL(server);
  // `https://user:1/rest-of-password@host` parses as the host `user`.
  if (url.username || url.password || url.search || url.hash || url.pathname.includes('@'))
    return unread('the server has more than an address and a path in it');
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && LOOPBACK.test(url.hostname))) {
    // What stands before the first colon of anything else may be a user name, or a secret.
    const kind = url.protocol === 'http:' ? `http://${url.host}` : 'another kind of address';
    return unread(`the token is sent by https only, and the server is ${kind}`);
  }
  if (PLAIN_ADDRESS.exec(server)?.[1]?.toLowerCase() !== url.hostname)
    return unread('programs differ in which host its address means');
  return read(server);
}

/** `https:/\\host`, `https://0x7f.1` and the like reach different hosts, or none, by different parsers. */
const PLAIN_ADDRESS = /^https?:\/\/([\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?(?:\/[!-[\]-~]*)?$/i;

export function uploadUrl(server: string): URL {
  return new URL(`${server}/api/v1/events/batch/`);
}

/** Not by an expression, which would start anew at every slash. */
export function withoutTrailingSlashes(text: string): string {
  let end = text.length;
  while (text[end - 1] === '/') end -= 1;
  return text.slice(0, end);
}
