import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';

/**
 * Connects to an address of this machine; a connection to 127.0.0.0/8 comes from a random address of that net.
 *
 * Another user can take a connection that is meant for a live listener (TCP simultaneous open): a socket that was bound
 * to the listener's address and port before it listened, and that connects to the very address and port that the
 * connection comes from, receives it in place of the listener. The source port that the kernel chooses can be foreseen;
 * one address of sixteen million cannot. The kernel also chooses the source address if the loopback interface lacks the
 * net, and for `::1`, the only loopback address of IPv6, where no daemon listens.
 */
export function connectTo(address: string, port: number): Socket {
  return address.startsWith('127.') && hasLoopbackNet()
    ? connect({ host: address, port, localAddress: randomLoopback() })
    : connect({ host: address, port });
}

let known: boolean | undefined;

function hasLoopbackNet(): boolean {
  if (process.platform !== 'linux') return false;
  try {
    known ??= Object.values(networkInterfaces()).some((addresses) =>
      addresses?.some(({ cidr }) => cidr === '127.0.0.1/8'),
    );
    return known;
  } catch {
    // There is no descriptor left to look with, so the connection fails as well.
    return true;
  }
}

/** Leaves out the lowest and the highest address of the net, which are no addresses of hosts. */
function randomLoopback(): string {
  const [first = 0, second = 0, third = 0] = randomBytes(3);
  return `127.${first}.${second}.${(third % 254) + 1}`;
}
