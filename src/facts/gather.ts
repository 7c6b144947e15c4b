import { type CollectorName, type Facts, type RootEvidence, read } from '../model/evidence.js';
import { type Family, isInRange } from '../model/family.js';
import { crypto } from '../system/observe/crypto.js';
import type { TcpTables } from '../system/observe/kernel-table.js';
import { ourTree } from '../system/observe/tree.js';
import type { Collector, Reach } from './collectors/collector.js';
import { readObserver } from './collectors/observer.js';
import { procfs } from './collectors/procfs.js';
import { readRecentActs } from './collectors/recent-acts.js';
import { readRoot } from './collectors/root.js';
import { readLineage } from '../system/observe/machine.js';
import { nextTurn } from '../system/observe/next-turn.js';

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
  const challenge = isAnybodyThere ? await newChallenge() : '';
  const root = readRoot(family, rootPath, ourTree, challenge, collector.lookAtProcess);
  const lineage = isAnybodyThere ? readLineage() : [];
  const facts = { family, collector: name, observer: { ...observer, lineage }, challenge, root, recentActs };
  if (!listing.ok) return { ...facts, listeners: listing };
  if (!isAnybodyThere) return { ...facts, listeners: read([]) };
  const reach: Reach = of === 'all' ? { of } : { of, recorded: recordedPids(root) };
  const { gatherListeners } = await import('./listeners.js');
  const { further } = listing.value;
  return {
    ...facts,
    listeners: read(await gatherListeners(listing.value, facts, reach)),
    ...(further > 0 && { furtherListeners: further }),
  };
}

/** Node's cryptography takes milliseconds to load: a program that we run in gets its turn after. */
async function newChallenge(): Promise<string> {
  const challenge = crypto().randomBytes(16).toString('hex');
  await nextTurn();
  return challenge;
}

async function loadPortable(): Promise<Collector> {
  return (await import('./collectors/systeminformation.js')).systeminformation;
}

/** The processes that the state file of our root may mean. */
function recordedPids({ stateFile, records }: RootEvidence): readonly number[] {
  if (stateFile.kind !== 'read') return [];
  const own = records.flatMap((file) =>
    file.kind === 'read' && file.record.id === stateFile.key ? [file.record.pid] : [],
  );
  return stateFile.pid === null ? own : [...own, stateFile.pid];
}
