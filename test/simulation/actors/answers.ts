import { healthProof, requestProof } from '../../../src/model/own-proof.js';
import type { DaemonRole, Process } from '../world/process.js';
import type { World } from '../world/world.js';

/** A request that reaches a process of the model. */
export interface Request {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly challenge: string;
  readonly body: string;
}

export interface Reply {
  readonly status: number;
  readonly body: string;
}

/** How a process of the model answers a request, and whether it ends because of it. */
export function answerOf(
  world: World,
  process: Process,
  request: Request,
): { readonly reply: Reply; readonly isObeyed: boolean } {
  const { role } = process;
  if (request.method === 'GET')
    return { reply: healthOf(world, process, request.challenge), isObeyed: false };
  if (request.path !== '/api/shutdown') return { reply: { status: 404, body: '' }, isObeyed: false };
  const isObeyed = role.daemon !== null && !role.refusesRequests && opens(world, role.daemon, request.body);
  return { reply: { status: isObeyed ? 200 : 403, body: '' }, isObeyed };
}

/** Whether a request carries the secret of a daemon, as the daemon checks it. */
function opens(world: World, daemon: DaemonRole, body: string): boolean {
  const fields = JSON.parse(body) as { token?: string; nonce?: string; at?: number; proof?: string };
  if (daemon.generation !== 'own') return fields.token === daemon.secret;
  const { nonce = '', at = 0, proof } = fields;
  if (daemon.id === null || Math.abs(world.wallMs() - at) > VALID_MS) return false;
  return proof === requestProof(daemon.secret, 'shutdown', { nonce, at }, daemon.id, daemon.port);
}

const VALID_MS = 30_000;

const SYNC = { running: false, last_sync: null, consecutive_failures: 0 };

function healthOf(_world: World, process: Process, challenge: string): Reply {
  const { kind, daemon } = process.role;
  if (kind === 'web server' || kind === 'editor' || kind === 'other')
    return { status: 404, body: 'not found' };
  if (kind === 'dashboard')
    return answered({ status: 'ok', project_path: '/home/me/project', sync: SYNC, token: 'a'.repeat(32) });
  if (kind === 'impostor' || !daemon)
    return answered({
      status: 'ok',
      token: 'b'.repeat(32),
      protocol_version: 1,
      package_version: '3.2.3',
      sync: SYNC,
    });
  return answered(documentOf(process, daemon, challenge));
}

/** The health documents of released daemons and of ours (docs/released-daemons.md). */
function documentOf(process: Process, daemon: DaemonRole, challenge: string): object {
  const { generation, version, port, root, secret, id, lies } = daemon;
  const common = { status: 'ok', protocol_version: 1, package_version: version, sync: SYNC };
  if (generation === 'own') {
    const proof =
      challenge === '' || id === null ? null : healthProof(lies ? 'another' : secret, challenge, id, port);
    return { ...common, daemon_family: 'sync', singleton_scope_id: root, proof };
  }
  const token = lies ? 'c'.repeat(32) : secret;
  if (generation === 'pre-marker') return { ...common, token };
  const owner = { pid: process.pid, port, token: '<redacted>', package_version: version };
  const names = version === '3.2.4' ? { daemon_family: 'sync', singleton_scope_id: root } : {};
  return { ...common, token, owner, ...names };
}

function answered(document: object): Reply {
  return { status: 200, body: JSON.stringify(document) };
}
