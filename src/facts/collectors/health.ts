import { networkInterfaces } from 'node:os';
import type { ListeningSocket } from '../../model/evidence.js';
import type { HealthAnswer } from '../../model/health-answer.js';
import { askHealth } from '../../system/observe/ask-health.js';
import { parseHealthBody } from '../health-body.js';
import { type Places, plainAddress } from './places.js';

/** How long a listener has for its whole answer. A healthy daemon needs a few milliseconds. */
export const HEALTH_DEADLINE_MS = 500;

/** Asks one listener, at the address it listens on. */
export async function askForHealth(
  address: string | null,
  port: number,
  challenge: string,
  deadlineMs = HEALTH_DEADLINE_MS,
): Promise<HealthAnswer> {
  if (address === null) return { kind: 'not_asked', why: 'no address reaches this socket and no other' };
  const answer = await askHealth({ address, port, challenge, deadlineMs });
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
export function addressReaching(socket: ListeningSocket, places: Places): string | null {
  const { port } = socket;
  const isTaken = (address: string): boolean => places.isTaken({ address, port });
  const address = plainAddress(socket.address);
  if (places.sharersOf(socket) > 1) return null;
  if (address === '0.0.0.0') return LOOPBACKS.find((loopback) => !isTaken(loopback)) ?? null;
  // Only ::1 is sure to reach the IPv6 wildcard: whether it takes IPv4 too is not in the kernel's table.
  if (address === '::') return isTaken('::1') ? null : '::1';
  return isOurs(address) ? address : null;
}

function isOurs(address: string): boolean {
  if (address === '::1' || /^127\.\d+\.\d+\.\d+$/.test(address)) return true;
  return Object.values(networkInterfaces()).some((addresses) =>
    addresses?.some((own) => own.address === address),
  );
}

const LOOPBACKS = Array.from({ length: 100 }, (_, index) => `127.0.0.${index + 1}`);
