import { type FixtureOptions, type Running, startProgram } from './fixtures.js';
import type { Sandbox } from './sandbox.js';

export interface PlainHttpOptions extends Pick<FixtureOptions, 'address' | 'uid'> {
  /** Arguments that the server ignores but that stand in its argv, as an editor's may mention `run_sync_daemon`. */
  readonly extraArguments?: readonly string[];
}

/** Starts a third-party web server. */
export function startPlainHttp(
  sandbox: Sandbox,
  port: number,
  { extraArguments = [], ...options }: PlainHttpOptions = {},
): Promise<Running> {
  return startProgram(sandbox, 'plain_http.py', [port, ...extraArguments], options);
}

/** How `hostile.py` answers a health probe. */
export type HostileBehaviour =
  /** Claims to be the process with the PID `subject`. */
  | 'impostor'
  /** Redirects to the port `subject`. */
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
  sandbox: Sandbox,
  port: number,
  behaviour: HostileBehaviour,
  subject?: number,
): Promise<Running> {
  return startProgram(sandbox, 'hostile.py', [port, behaviour, ...(subject === undefined ? [] : [subject])]);
}
