import { randomBytes } from 'node:crypto';
import {
  type Facts,
  type ListenerEvidence,
  type ListeningSocket,
  type Observer,
  read,
  unread,
} from '../model/evidence.js';
import { isInRange } from '../model/family.js';
import { listListeningSockets } from '../system/observe/listening-sockets.js';
import { ourTree } from '../system/observe/tree.js';
import { resolveHolders } from './collectors/holders.js';
import { askForHealth, addressReaching } from './collectors/health.js';
import { readObserver } from './collectors/observer.js';
import { readRecentActs } from './collectors/recent-acts.js';
import { readRoot } from './collectors/root.js';
import { readRootsOf } from './collectors/roots-of-candidate.js';

/**
 * Reads everything about every listener on the sync range, cheap evidence first: where nothing listens, nothing more
 * than our own root is read. Reads only; what it means is for the identity stage.
 * @param rootPath our runtime root, absolute
 */
export async function gatherFacts(rootPath: string): Promise<Facts> {
  const observer = readObserver();
  const challenge = randomBytes(16).toString('hex');
  const sockets = await listListeningSockets((port) => isInRange(port, 'sync'));
  const root = readRoot(rootPath, ourTree, challenge);
  const listeners = sockets.ok
    ? read(await gatherListeners(inPortOrder(sockets.value), observer, challenge))
    : unread(sockets.why);
  const recentActs = readRecentActs(rootPath, ourTree);
  return { collector: 'procfs', observer, challenge, root, recentActs, listeners };
}

/** The kernel lists sockets by hash; people and tests read them by port. */
function inPortOrder(sockets: readonly ListeningSocket[]): readonly ListeningSocket[] {
  return sockets.toSorted((one, other) => one.port - other.port || one.address.localeCompare(other.address));
}

async function gatherListeners(
  sockets: readonly ListeningSocket[],
  observer: Observer,
  challenge: string,
): Promise<ListenerEvidence[]> {
  if (sockets.length === 0) return [];
  const addresses = sockets.map((socket) => addressReaching(socket, sockets));
  // The questions are on their way while the process table is walked.
  const answers = Promise.all(
    sockets.map(({ port }, index) => askForHealth(addresses[index] ?? null, port, challenge)),
  );
  const holders = await resolveHolders(sockets, observer);
  const health = await answers;
  return sockets.map((socket, index) => {
    const holder = holders.get(socket.inode) ?? { kind: 'unknown', why: 'not looked for' };
    return {
      socket,
      reachedAt: addresses[index] ?? null,
      holder,
      health: health[index] ?? { kind: 'not_asked', why: 'not asked' },
      roots: readRootsOf(holder, challenge),
    };
  });
}
