import {
  type CollectorName,
  type Facts,
  type ListenerEvidence,
  type Observer,
  read,
} from '../model/evidence.js';
import { isInRange } from '../model/family.js';
import { crypto } from '../system/observe/crypto.js';
import { ourTree } from '../system/observe/tree.js';
import type { Collector, SocketListing } from './collectors/collector.js';
import { askForHealth, addressReaching } from './collectors/health.js';
import { readObserver } from './collectors/observer.js';
import { procfs } from './collectors/procfs.js';
import { readRecentActs } from './collectors/recent-acts.js';
import { readRoot } from './collectors/root.js';
import { readRootsOf } from './collectors/roots-of-candidate.js';

/** The portable one is loaded when it is asked for. */
const COLLECTORS: Readonly<Record<CollectorName, () => Promise<Collector>>> = {
  procfs: () => Promise.resolve(procfs),
  systeminformation: async () => (await import('./collectors/systeminformation.js')).systeminformation,
};

/**
 * Reads everything about every listener on the sync range, cheap evidence first: where nothing listens, nothing more
 * than our own root is read. Reads only; what it means is for the identity stage.
 * @param rootPath our runtime root, absolute
 * @param name where to read it from
 */
export async function gatherFacts(rootPath: string, name: CollectorName): Promise<Facts> {
  const collector = await COLLECTORS[name]();
  // The kernel takes milliseconds to print its tables: meanwhile the rest is read.
  const listed = collector.listSockets((port) => isInRange(port, 'sync'));
  const observer = readObserver();
  const recentActs = readRecentActs(rootPath, ourTree);
  const listing = await listed;
  const isAnybodyThere = listing.ok && listing.value.sockets.length > 0;
  const challenge = isAnybodyThere ? crypto().randomBytes(16).toString('hex') : '';
  const root = readRoot(rootPath, ourTree, challenge, collector.lookAtProcess);
  const listeners = listing.ok ? read(await gatherListeners(listing.value, observer, challenge)) : listing;
  return { collector: name, observer, challenge, root, recentActs, listeners };
}

async function gatherListeners(
  { sockets, findHolders }: SocketListing,
  observer: Observer,
  challenge: string,
): Promise<readonly ListenerEvidence[]> {
  if (sockets.length === 0) return [];
  const addresses = sockets.map((socket) => addressReaching(socket, sockets));
  // The questions are on their way while the process table is walked.
  const answers = Promise.all(
    sockets.map(({ port }, index) => askForHealth(addresses[index] ?? null, port, challenge)),
  );
  const holders = await findHolders(observer);
  const health = await answers;
  const listeners = sockets.map((socket, index): ListenerEvidence => {
    const holder = holders[index] ?? { kind: 'unknown', why: 'not looked for' };
    return {
      socket,
      reachedAt: addresses[index] ?? null,
      holder,
      health: health[index] ?? { kind: 'not_asked', why: 'not asked' },
      roots: readRootsOf(holder, challenge),
    };
  });
  return listeners.toSorted(inPortOrder);
}

/** The kernel lists sockets by hash; people and tests read them by port. */
function inPortOrder({ socket: one }: ListenerEvidence, { socket: other }: ListenerEvidence): number {
  return one.port - other.port || one.address.localeCompare(other.address);
}
