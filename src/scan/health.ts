import { type AddressIndex, unmapIpv4 } from '../machine/collector.js';
import type { Observer } from '../machine/machine.js';
import type { ListeningSocket } from '../model/evidence.js';
import { integerOf, objectOf, parsePythonJson, textOf } from '../model/json.js';
import type { OwnerBlock } from '../model/root.js';
import type { HealthAnswer } from '../model/scan.js';
import { shownPath, shownScope, shownServer } from '../model/shown-address.js';

/** Deadline for a listener's whole answer. A healthy daemon needs a few milliseconds. */
export const HEALTH_DEADLINE_MS = 500;

/**
 * Probes the health of one listener. Never rejects.
 * @param address null if no address reaches exactly this socket
 */
export async function probeHealth(
  observer: Observer,
  address: string | null,
  socket: Pick<ListeningSocket, 'address' | 'port' | 'uid'>,
  challenge: string,
  deadlineMs = HEALTH_DEADLINE_MS,
): Promise<HealthAnswer> {
  if (address === null) return { kind: 'not_asked', why: 'no address reaches only this socket' };
  const uid = userOfReceiver(socket);
  const answer = await observer.getHealth({ address, port: socket.port, uid, challenge, deadlineMs });
  switch (answer.kind) {
    case 'answered':
      return answer.status === 200
        ? parseHealthBody(answer.body)
        : { kind: 'foreign', why: `answered with HTTP status ${answer.status}` };
    case 'invalid':
      return { kind: 'foreign', why: answer.why };
    case 'not_sent':
      return { ...answer, kind: 'not_asked' };
    case 'silent':
      return { kind: 'silent', why: answer.why };
  }
}

/**
 * Returns the user whose socket must receive a connection to a listener; null for an IPv6 socket, on which no daemon
 * listens, and where that is not checked.
 */
function userOfReceiver({ address, uid }: Pick<ListeningSocket, 'address' | 'uid'>): number | null {
  return address.includes(':') ? null : uid;
}

/**
 * Finds an address at which a connection reaches exactly this socket. A wildcard socket is reached through a loopback
 * address to which no other socket on the port is bound.
 * @param addresses the addresses of all listening sockets of all users
 * @returns null if another socket has the same address and port (SO_REUSEPORT), because the kernel then chooses one of
 *   them; null also if no loopback address is free for a wildcard socket, or if the address does not belong to this
 *   machine, because a connection would then reach another machine: the interface is gone, or a tool truncated the
 *   address
 */
export function addressReaching(
  observer: Observer,
  socket: ListeningSocket,
  addresses: AddressIndex,
): string | null {
  const { port } = socket;
  const isTaken = (address: string): boolean => addresses.isBound({ address, port });
  const address = unmapIpv4(socket.address);
  if (addresses.countAt(socket) > 1) return null;
  if (address === '0.0.0.0') return LOOPBACKS.find((loopback) => !isTaken(loopback)) ?? null;
  // Only ::1 surely reaches the IPv6 wildcard: the kernel's table does not show whether the IPv6 socket accepts IPv4
  // too.
  if (address === '::') return isTaken('::1') ? null : '::1';
  return observer.sockets.isLocalAddress(address) ? address : null;
}

const LOOPBACKS = Array.from({ length: 100 }, (_, index) => `127.0.0.${index + 1}`);

/** Parses the known fields of a health answer and ignores the others. */
export function parseHealthBody(text: string): HealthAnswer {
  // U+FFFD stands for bytes that are not UTF-8. Python writes JSON in ASCII and reads only UTF-8.
  if (text.includes('\uFFFD')) return { kind: 'foreign', why: 'answered with something that is not UTF-8' };
  let document: Record<string, unknown> | null;
  try {
    document = objectOf(parsePythonJson(text));
  } catch {
    return { kind: 'foreign', why: 'answered with something that is not JSON' };
  }
  if (document === null) return { kind: 'foreign', why: 'answered with JSON that is not an object' };
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

/** Parses an owner record, from `owner.json` or from a health answer; null if the value is not an object. */
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
