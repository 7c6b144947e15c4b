import { type Places, plainAddress } from '../machine/collector.js';
import type { Observer } from '../machine/machine.js';
import type { ListeningSocket } from '../model/evidence.js';
import { integerOf, objectOf, parsePythonJson, textOf } from '../model/json.js';
import type { OwnerBlock } from '../model/root.js';
import type { HealthAnswer } from '../model/scan.js';
import { shownPath, shownScope, shownServer } from '../model/shown-address.js';

/** How long a listener has for its whole answer. A healthy daemon needs a few milliseconds. */
export const HEALTH_DEADLINE_MS = 500;

/** Asks one listener, at the address it listens on. */
export async function probeHealth(
  observer: Observer,
  address: string | null,
  port: number,
  challenge: string,
  deadlineMs = HEALTH_DEADLINE_MS,
): Promise<HealthAnswer> {
  if (address === null) return { kind: 'not_asked', why: 'no address reaches this socket and no other' };
  const answer = await observer.getHealth({ address, port, challenge, deadlineMs });
  switch (answer.kind) {
    case 'answered':
      return answer.status === 200
        ? parseHealthBody(answer.body)
        : { kind: 'foreign', why: `answered with HTTP status ${answer.status}` };
    case 'unfit':
      return { kind: 'foreign', why: answer.why };
    case 'not_sent':
      return { ...answer, kind: 'not_asked' };
    case 'silent':
      return { kind: 'silent', why: answer.why };
  }
}

/**
 * The address at which a connection reaches exactly this socket. A wildcard socket is reached through a loopback
 * address that no more specific socket on the same port takes; null when another socket shares the very same address
 * and port (SO_REUSEPORT), because the kernel then picks either. Null too for an address that is not this machine's:
 * its interface may be gone, or a tool may have cut it short, and then the question would go to somebody else.
 * @param places of all sockets that listen, whoever they are
 */
export function addressReaching(observer: Observer, socket: ListeningSocket, places: Places): string | null {
  const { port } = socket;
  const isTaken = (address: string): boolean => places.isTaken({ address, port });
  const address = plainAddress(socket.address);
  if (places.sharersOf(socket) > 1) return null;
  if (address === '0.0.0.0') return LOOPBACKS.find((loopback) => !isTaken(loopback)) ?? null;
  // Only ::1 is sure to reach the IPv6 wildcard: whether it takes IPv4 too is not in the kernel's table.
  if (address === '::') return isTaken('::1') ? null : '::1';
  return observer.sockets.isLocalAddress(address) ? address : null;
}

const LOOPBACKS = Array.from({ length: 100 }, (_, index) => `127.0.0.${index + 1}`);

/** Takes from the text of a health answer the fields anyone reads; whatever else is in it is never looked at. */
export function parseHealthBody(text: string): HealthAnswer {
  // Where it was not UTF-8. Python programs write JSON in ASCII, and read none that is not UTF-8.
  if (text.includes('\uFFFD')) return { kind: 'foreign', why: 'answered with something that is not UTF-8' };
  let document: Record<string, unknown> | null;
  try {
    document = objectOf(parsePythonJson(text));
  } catch {
    return { kind: 'foreign', why: 'answered with something that is not JSON' };
  }
  if (document === null) return { kind: 'foreign', why: 'answered with JSON that is no object' };
  const sync = objectOf(document['sync']);
  const running = sync?.['running'];
  return {
    kind: 'answered',
    body: {
      status: textOf(document['status']),
      token: textOf(document['token']),
      protocolVersion: integerOf(document['protocol_version']),
      packageVersion: textOf(document['package_version']),
      daemonFamily: textOf(document['daemon_family']),
      singletonScopeId: textOf(document['singleton_scope_id']),
      hasProjectPath: 'project_path' in document,
      projectPath: textOf(document['project_path']),
      sync: sync && { running: typeof running === 'boolean' ? running : null },
      owner: parseOwnerBlock(document['owner']),
      proof: textOf(document['proof']),
    },
  };
}

/** The fields of an owner record, wherever it stands; null when it is no object. */
export function parseOwnerBlock(value: unknown): OwnerBlock | null {
  const owner = objectOf(value);
  return (
    owner && {
      pid: integerOf(owner['pid']),
      port: integerOf(owner['port']),
      packageVersion: textOf(owner['package_version']),
      queueDbPath: shownPath(textOf(owner['queue_db_path'])),
      authScope: shownScope(textOf(owner['auth_scope'])),
      serverUrl: shownServer(textOf(owner['server_url'])),
    }
  );
}
