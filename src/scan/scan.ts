import type { ScanScope, SocketListing } from '../machine/collector.js';
import type { Observer } from '../machine/machine.js';
import { type Family, isInRange } from '../model/family.js';
import { PACKAGE_VERSION } from '../model/product.js';
import { ok } from '../model/result.js';
import type {
  CollectorName,
  HealthAnswer,
  ListenerEvidence,
  RootEvidence,
  Scan,
  ScanContext,
  SocketOwner,
} from '../model/scan.js';
import { parseSpawnShape } from '../model/spawn-command.js';
import { readRootsOf } from './candidate-roots.js';
import { addressReaching, probeHealth } from './health.js';
import { readRecentActs } from './recent-acts.js';
import { readRoot, rootReader } from './root-files.js';

/**
 * Reads everything about every listener on the range of one family, cheap evidence first: where nothing listens,
 * nothing more than our own root is read. Reads only; what it means is for the identity stage. Nobody outside the range
 * is looked at or asked (C-002).
 * @param rootPath our runtime root, or our project; absolute
 * @param name where to read it from
 * @param of `ours` is for startup, in front of every command: the recorded process is looked at before any walk over
 *   the process table, and who has another user or another command line is not asked: if silent, it costs no time-out
 */
export async function scanListeners(
  observer: Observer,
  family: Family,
  rootPath: string,
  name: CollectorName,
  of: ScanScope['of'],
): Promise<Scan> {
  const collector = name === 'procfs' ? observer.collectors.procfs : observer.collectors.systeminformation;
  // The kernel takes milliseconds to print its tables: meanwhile the rest is read.
  const listed = collector.listSockets((port) => isInRange(port, family));
  const context = readContext(observer);
  const recentActs = readRecentActs(family, rootPath, observer.files.ours);
  const listing = await listed;
  const isAnybodyThere = listing.ok && listing.value.sockets.length > 0;
  const challenge = isAnybodyThere ? newChallenge(observer) : '';
  const root = readRoot(observer, family, rootPath, observer.files.ours, challenge, collector.lookAtProcess);
  const lineage = isAnybodyThere ? observer.self.lineage() : [];
  const facts = { family, collector: name, context: { ...context, lineage }, challenge, root, recentActs };
  if (!listing.ok) return { ...facts, listeners: listing };
  if (!isAnybodyThere) return { ...facts, listeners: ok([]) };
  const scope: ScanScope = of === 'all' ? { of } : { of, recorded: recordedPids(root) };
  const { further } = listing.value;
  return {
    ...facts,
    listeners: ok(await readListeners(observer, listing.value, facts, scope)),
    ...(further > 0 && { furtherListeners: further }),
  };
}

function newChallenge(observer: Observer): string {
  return observer.randomBytes(16).toString('hex');
}

/** The processes that the state file of our root may mean. */
function recordedPids({ stateFile, records }: RootEvidence): readonly number[] {
  if (stateFile.kind !== 'read') return [];
  const own = records.flatMap((file) =>
    file.kind === 'read' && file.record.id === stateFile.key ? [file.record.pid] : [],
  );
  return stateFile.pid === null ? own : [...own, stateFile.pid];
}

/**
 * Reads everything about the listeners that were found: who holds each socket, what it answers, and which roots may
 * record it. A part of its own: where nobody listens, it is never loaded.
 */
async function readListeners(
  observer: Observer,
  { sockets, places, findOwners }: SocketListing,
  facts: Pick<Scan, 'family' | 'context' | 'challenge' | 'root'>,
  scope: ScanScope,
): Promise<readonly ListenerEvidence[]> {
  const { family, context, challenge } = facts;
  const addresses = sockets.map((socket) => addressReaching(observer, socket, places));
  const askThose = (isWorthwhile: (index: number) => boolean): Promise<readonly HealthAnswer[]> =>
    askEach(
      observer,
      sockets.map(({ port }, index) =>
        isWorthwhile(index) ? { address: addresses[index] ?? null, port } : null,
      ),
      challenge,
    );

  // Asked at once, everybody is on the way while the process table is walked.
  const asked = scope.of === 'all' ? askThose(() => true) : null;
  const holders = await findOwners(context, scope);
  const answers = await (asked ?? askThose((index) => hasOurShape(family, holders[index])));
  const readOther = rootReader(observer, family, challenge);
  const listeners = sockets.map((socket, index): ListenerEvidence => {
    const holder = holders[index] ?? { kind: 'unknown', why: 'not looked for' };
    return {
      socket,
      reachedAt: addresses[index] ?? null,
      holder,
      health: answers[index] ?? NOT_OURS,
      roots: readRootsOf(observer, holder, facts, readOther),
    };
  });
  return listeners.toSorted(inPortOrder);
}

/**
 * A question takes a millisecond while nothing is warm: a program that we run in gets its turn between any two.
 * @param places null where nobody is asked
 */
async function askEach(
  observer: Observer,
  places: readonly ({ readonly address: string | null; readonly port: number } | null)[],
  challenge: string,
): Promise<readonly HealthAnswer[]> {
  const answers: Promise<HealthAnswer>[] = [];
  for (const place of places) {
    answers.push(
      place ? probeHealth(observer, place.address, place.port, challenge) : Promise.resolve(NOT_OURS),
    );
  }
  return Promise.all(answers);
}

const NOT_OURS: HealthAnswer = { kind: 'not_asked', why: 'it cannot be a daemon of ours' };

function hasOurShape(family: Family, holder: SocketOwner | undefined): boolean {
  if (holder?.kind !== 'known') return false;
  const { argv } = holder.process;
  return argv.ok && parseSpawnShape(family, argv.value) !== null;
}

/** The kernel lists sockets by hash; people and tests read them by port. */
function inPortOrder({ socket: one }: ListenerEvidence, { socket: other }: ListenerEvidence): number {
  return one.port - other.port || one.address.localeCompare(other.address);
}

/** Who we are and where we look from; who started us matters only where somebody listens. */
function readContext(observer: Observer): Omit<ScanContext, 'lineage'> {
  const uid = observer.self.uid;
  return {
    pid: observer.self.pid,
    uid,
    user: observer.self.userName,
    executable: observer.self.executable,
    packageVersion: PACKAGE_VERSION,
    platform: observer.platform.name,
    machine: observer.self.machineIdentity(),
  };
}
