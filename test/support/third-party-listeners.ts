import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type FixtureOptions, type Running, startListener, startProgram } from './fixtures.js';
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

/**
 * Starts a web server of Node, with further arguments that it ignores: `node SCRIPT PORT …`.
 * @param script its script, below the folder of the sandbox
 */
export function startNodeServer(
  sandbox: Sandbox,
  port: number,
  extraArguments: readonly string[] = [],
  script = 'server.js',
): Promise<Running> {
  const path = `${sandbox.folder}/${script}`;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, NODE_SERVER);
  return startListener(sandbox, [process.execPath, path, String(port), ...extraArguments]);
}

const NODE_SERVER = `require('node:http')
  .createServer((request, response) => response.end('hello'))
  .listen(Number(process.argv[2]), '127.0.0.1', () => console.log('listening ' + process.pid));
`;

/** What a fragile server does with a client. */
type FragileBehaviour = 'is silent' | 'greets' | 'echoes' | 'answers 404 slowly';

/** Starts a server without an error handler: it exits when a client resets the connection. */
export function startFragileServer(
  sandbox: Sandbox,
  port: number,
  behaviour: FragileBehaviour,
): Promise<Running> {
  const path = `${sandbox.folder}/fragile.cjs`;
  writeFileSync(path, FRAGILE_SERVER);
  return startListener(sandbox, [process.execPath, path, String(port), behaviour]);
}

const FRAGILE_SERVER = `
const serve = {
  'is silent': () => {},
  greets: (client) => {
    client.write('welcome\\n');
    client.on('data', () => setTimeout(() => client.write('unknown command\\n'), 60));
  },
  echoes: (client) => client.pipe(client),
  'answers 404 slowly': (client) => {
    client.once('data', () => {
      client.write('HTTP/1.1 404 Not Found\\r\\n\\r\\n');
      setTimeout(() => client.end('no such page'), 60);
    });
  },
}[process.argv[3]];
require('node:net')
  .createServer(serve)
  .listen(Number(process.argv[2]), '127.0.0.1', () => console.log('listening ' + process.pid));
`;

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
