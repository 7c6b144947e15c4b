import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type FixtureOptions, type Running, startProgram, startPython } from './fixtures.js';
import type { Place } from './place.js';

export interface Dashboard extends Running {
  readonly port: number;
  readonly token: string;
  readonly project: string;
}

export async function startDashboard(place: Place, port: number): Promise<Dashboard> {
  const token = randomBytes(16).toString('hex');
  const project = join(place.folder, `project-${port}`);
  mkdirSync(project, { recursive: true });
  const script = [
    'from pathlib import Path',
    'from specify_cli.dashboard.server import run_dashboard_server',
    `run_dashboard_server(Path('${project}'), ${port}, '${token}')\n`,
  ];
  const running = await startPython(place, ['-c', script.join('\n')], {});
  return { ...running, port, token, project };
}

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
