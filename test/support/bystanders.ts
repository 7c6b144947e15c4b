import { type FixtureOptions, type Running, startProgram } from './fixtures.js';
import type { Place } from './place.js';

export interface PlainHttpOptions extends Pick<FixtureOptions, 'address' | 'uid'> {
  /** Ignored by the server, but there to read in its argv: an editor's may mention `run_sync_daemon`. */
  readonly extraArguments?: readonly string[];
}

/** Somebody else's web server. */
export function startPlainHttp(
  place: Place,
  port: number,
  { extraArguments = [], ...options }: PlainHttpOptions = {},
): Promise<Running> {
  return startProgram(place, 'plain_http.py', [port, ...extraArguments], options);
}

/** What `hostile.py` does when asked for its health; the first two need a subject. */
export type HostileBehaviour =
  /** Claims to be the process with the subject's number. */
  | 'impostor'
  /** Sends the client to the subject's port. */
  | 'redirect'
  | 'byte-a-second'
  | 'endless-body'
  | 'endless-headers'
  | 'huge-content-length'
  | 'broken-json'
  | 'deep-json'
  | 'terminal-escapes'
  | 'not-json'
  | 'server-error'
  | 'hangs-up'
  | 'dashboard';

export function startHostile(
  place: Place,
  port: number,
  behaviour: HostileBehaviour,
  subject?: number,
): Promise<Running> {
  return startProgram(place, 'hostile.py', [port, behaviour, ...(subject === undefined ? [] : [subject])]);
}
