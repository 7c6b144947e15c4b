import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type CollectorName,
  type Facts,
  type Holder,
  type ListenerEvidence,
  type RootEvidence,
  read,
} from '../model/evidence.js';
import { type Family, isInRange } from '../model/family.js';
import type { HealthAnswer } from '../model/health-answer.js';
import { parseSpawnShape } from '../model/spawn-shape.js';
import { crypto } from '../system/observe/crypto.js';
import type { TcpTables } from '../system/observe/kernel-table.js';
import { ourTree } from '../system/observe/tree.js';
import type { Collector, Reach, SocketListing } from './collectors/collector.js';
import { askForHealth, addressReaching } from './collectors/health.js';
import { readObserver } from './collectors/observer.js';
import { procfs } from './collectors/procfs.js';
import { readRecentActs } from './collectors/recent-acts.js';
import { readRoot, rootReader } from './collectors/root.js';
import { readRootsOf } from './collectors/roots-of-candidate.js';

/**
 * Reads everything about every listener on the range of one family, cheap evidence first: where nothing listens,
 * nothing more than our own root is read. Reads only; what it means is for the identity stage. Nobody outside the range
 * is looked at or asked (C-002).
 * @param rootPath our runtime root, or our project; absolute
 * @param name where to read it from
 * @param of `ours` is for startup, in front of every command: the recorded process is looked at before any walk over
 *   the process table, and who has another user or another command line is not asked: if silent, it costs no time-out
 * @param tables what the kernel is printing already
 */
export async function gatherFacts(
  family: Family,
  rootPath: string,
  name: CollectorName,
  of: Reach['of'],
  tables: TcpTables | null = null,
): Promise<Facts> {
  const collector = name === 'procfs' ? procfs : await loadPortable();
  // The kernel takes milliseconds to print its tables: meanwhile the rest is read.
  const listed = collector.listSockets((port) => isInRange(port, family), tables);
  const observer = readObserver();
  const recentActs = readRecentActs(family, rootPath, ourTree);
  const listing = await listed;
  const isAnybodyThere = listing.ok && listing.value.sockets.length > 0;
  const challenge = isAnybodyThere ? crypto().randomBytes(16).toString('hex') : '';
  const root = readRoot(family, rootPath, ourTree, challenge, collector.lookAtProcess);
  const facts = { family, collector: name, observer, challenge, root, recentActs };
  if (!listing.ok) return { ...facts, listeners: listing };
  const reach: Reach = of === 'all' ? { of } : { of, recorded: recordedPids(root) };
  return { ...facts, listeners: read(await gatherListeners(listing.value, facts, reach)) };
}

async function loadPortable(): Promise<Collector> {
  return (await import('./collectors/systeminformation.js')).systeminformation;
}

async function gatherListeners(
  { sockets, findHolders }: SocketListing,
  { family, observer, challenge }: Pick<Facts, 'family' | 'observer' | 'challenge'>,
  reach: Reach,
): Promise<readonly ListenerEvidence[]> {
  if (sockets.length === 0) return [];
  await nextTurn();
  const addresses = sockets.map((socket) => addressReaching(socket, sockets));
  const askThose = (isWorthwhile: (index: number) => boolean): Promise<readonly HealthAnswer[]> =>
    askEach(
      sockets.map(({ port }, index) =>
        isWorthwhile(index) ? { address: addresses[index] ?? null, port } : null,
      ),
      challenge,
    );

  // Asked at once, everybody is on the way while the process table is walked.
  const asked = reach.of === 'all' ? askThose(() => true) : null;
  const holders = await findHolders(observer, reach);
  const answers = await (asked ?? askThose((index) => hasOurShape(family, holders[index])));
  await nextTurn();
  const readOther = rootReader(family, challenge);
  const listeners = sockets.map((socket, index): ListenerEvidence => {
    const holder = holders[index] ?? { kind: 'unknown', why: 'not looked for' };
    return {
      socket,
      reachedAt: addresses[index] ?? null,
      holder,
      health: answers[index] ?? NOT_OURS,
      roots: readRootsOf(family, holder, observer.uid, readOther),
    };
  });
  return listeners.toSorted(inPortOrder);
}

/** To ask fifty takes some ten milliseconds: a program that we run in gets its turns between. */
const ASKED_AT_A_TURN = 5;

/** @param places null where nobody is asked */
async function askEach(
  places: readonly ({ readonly address: string | null; readonly port: number } | null)[],
  challenge: string,
): Promise<readonly HealthAnswer[]> {
  const answers: Promise<HealthAnswer>[] = [];
  for (const [index, place] of places.entries()) {
    if (index % ASKED_AT_A_TURN === 0) await nextTurn();
    answers.push(place ? askForHealth(place.address, place.port, challenge) : Promise.resolve(NOT_OURS));
  }
  return Promise.all(answers);
}

const NOT_OURS: HealthAnswer = { kind: 'not_asked', why: 'it cannot be a daemon of ours' };

function hasOurShape(family: Family, holder: Holder | undefined): boolean {
  if (holder?.kind !== 'known') return false;
  const { argv } = holder.process;
  return argv.ok && parseSpawnShape(family, argv.value) !== null;
}

/** The processes that the state file of our root may mean. */
function recordedPids({ stateFile, records }: RootEvidence): readonly number[] {
  if (stateFile.kind !== 'read') return [];
  const own = records.flatMap((file) =>
    file.kind === 'read' && file.record.id === stateFile.key ? [file.record.pid] : [],
  );
  return stateFile.pid === null ? own : [...own, stateFile.pid];
}

/** The kernel lists sockets by hash; people and tests read them by port. */
function inPortOrder({ socket: one }: ListenerEvidence, { socket: other }: ListenerEvidence): number {
  return one.port - other.port || one.address.localeCompare(other.address);
}
