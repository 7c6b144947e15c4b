import type { AddressIndex, Collector, ScanScope, SocketListing } from '../machine/collector.js';
import type { Observer } from '../machine/machine.js';
import { attestedBy, attestsAll } from '../model/capabilities.js';
import { type Family, isInRange } from '../model/family.js';
import { PACKAGE_VERSION } from '../model/product.js';
import { err, ok } from '../model/result.js';
import {
  type CollectorName,
  type FailedCollector,
  type HealthAnswer,
  type ListenerEvidence,
  type RootEvidence,
  type Scan,
  type ScanContext,
  type SocketOwner,
} from '../model/scan.js';
import { isRecordFromElsewhere } from '../model/root-checks.js';
import { parseSpawnShape } from '../model/spawn-command.js';
import { readRootsOf } from './candidate-roots.js';
import { addressReaching, probeHealth } from './health.js';
import { readRecentActs } from './recent-acts.js';
import { readOwnRoot, rootReader } from './root-files.js';
import { withRunningDaemon } from './running-daemon.js';

/**
 * Scans the port range of one family: reads the evidence about every listener and about our own root. It judges nothing
 * and reads no port outside the range (C-002). On an empty range it reads no root but our own. The list of listeners
 * contains each port that our root records, if something listens there at 127.0.0.1; else the scan has failed.
 * @param rootPath our runtime root or our project; absolute
 * @param name the collector to read from
 * @param of `ours` is for startup, before every command: the recorded process is tried as an owner before the process
 *   table is walked, and only processes of our user with a daemon's command line are probed, so that a silent
 *   third-party listener costs no time
 */
export async function scanListeners(
  observer: Observer,
  family: Family,
  rootPath: string,
  name: CollectorName,
  of: ScanScope['of'],
): Promise<Scan> {
  const start = observer.clock.monotonicMs();
  for (let scans = 1; ; scans++) {
    const { scan, listed } = await scanOnce(observer, family, rootPath, name, of);
    const hidden = attestsAll(attestedBy(scan.collector)) ? await findHidden(observer, scan, listed) : null;
    if (hidden === null) return scan;
    const isLate = scans >= FEWEST_SCANS && observer.clock.monotonicMs() - start > REPEATED_FOR_MS;
    if (isLate || !hidden.mayBeListed) return { ...scan, listeners: err(hidden.why) };
  }
}

/**
 * How long a scan is repeated because a row is hidden, in milliseconds. Other users who open and close many sockets can
 * hide a row of the kernel's table from half of all reads (observed: five reads in a row).
 */
const REPEATED_FOR_MS = 2000;
/** A daemon that has just started may be missing from one list. On a busy machine one scan takes seconds. */
const FEWEST_SCANS = 3;

/**
 * Finds a port that our root records, that is not listed, and where something listens nevertheless. If a recorded daemon
 * seemed not to listen, another would be started, and the live one would be an orphan.
 * @returns null if there is none; `mayBeListed` if another scan may list it
 */
async function findHidden(
  { sockets }: Observer,
  { family, root, context: { machine } }: Scan,
  listed: AddressIndex | null,
): Promise<{ readonly why: string; readonly mayBeListed: boolean } | null> {
  if (listed === null) return null;
  const { stateFile, records } = root;
  const ports = records.flatMap((file) =>
    file.kind === 'read' && file.record.networkNamespace === machine.networkNamespace
      ? [file.record.port]
      : [],
  );
  if (stateFile.kind === 'read' && !isRecordFromElsewhere(root, machine)) ports.push(stateFile.port);
  for (const port of new Set(ports)) {
    if (!isInRange(port, family)) continue;
    const lacks = await sockets.lacksListener(port, (address) => listed.isBound({ address, port }));
    if (!lacks.ok) return { why: lacks.why, mayBeListed: false };
    if (lacks.value)
      return { why: `the kernel's list of sockets lacks a listener on port ${port}`, mayBeListed: true };
  }
  return null;
}

async function scanOnce(
  observer: Observer,
  family: Family,
  rootPath: string,
  name: CollectorName,
  of: ScanScope['of'],
): Promise<{ readonly scan: Scan; readonly listed: AddressIndex | null }> {
  const { collector, insteadOf } = await chooseCollector(observer, name);
  // The kernel needs milliseconds to print its tables. The context and the journal are read meanwhile.
  const listingSockets =
    insteadOf && of === 'ours'
      ? err(insteadOf.why)
      : collector.listSockets((port) => isInRange(port, family));
  const context = readContext(observer);
  const recentActs = readRecentActs(family, rootPath, observer.files.ours);
  const listing = await listingSockets;
  const hasListeners = listing.ok && listing.value.sockets.length > 0;
  const challenge = hasListeners ? newChallenge(observer) : '';
  const root = await readOwnRoot(observer, family, rootPath, challenge, collector.readProcess);
  const lineage = hasListeners ? observer.self.lineage() : [];
  const base = {
    family,
    collector: collector.name,
    ...(insteadOf && { insteadOf }),
    context: { ...context, lineage },
    challenge,
    root,
    recentActs,
  };
  if (!listing.ok) return { scan: { ...base, listeners: listing }, listed: null };
  const { addresses: listed, uninspected } = listing.value;
  const scope: ScanScope = of === 'all' ? { of } : { of, recorded: recordedPids(root) };
  const listeners = hasListeners ? await readListeners(observer, listing.value, base, scope) : [];
  const scan = {
    ...base,
    root: await withRunningDaemon(observer, base, listeners),
    listeners: ok(listeners),
    ...(uninspected > 0 && { furtherListeners: uninspected }),
  };
  return { scan, listed };
}

/**
 * Returns the collector that was asked for, or the portable one if the kernel does not answer as that collector
 * understands it. A scan for startup then fails, because the portable collector proves nothing.
 */
async function chooseCollector(
  observer: Observer,
  name: CollectorName,
): Promise<{ readonly collector: Collector; readonly insteadOf?: FailedCollector }> {
  const collector = observer.collectors[name];
  const test = collector ? await collector.testItself?.() : err('this system does not have it');
  if (collector && test?.ok !== false) return { collector };
  const why = test?.ok === false ? test.why : '';
  return { collector: observer.collectors.systeminformation, insteadOf: { name, why } };
}

function newChallenge(observer: Observer): string {
  return observer.randomBytes(16).toString('hex');
}

/** Returns the PIDs that the state file of our root names, directly or through an identity record. */
function recordedPids({ stateFile, records }: RootEvidence): readonly number[] {
  if (stateFile.kind !== 'read') return [];
  const own = records.flatMap((file) =>
    file.kind === 'read' && file.record.id === stateFile.key ? [file.record.pid] : [],
  );
  return stateFile.pid === null ? own : [...own, stateFile.pid];
}

/**
 * Reads the evidence about each listener: the owner of its socket, its health answer, and the roots that may record it.
 */
async function readListeners(
  observer: Observer,
  { sockets, addresses, findOwners }: SocketListing,
  scan: Pick<Scan, 'family' | 'context' | 'challenge' | 'root'>,
  scope: ScanScope,
): Promise<readonly ListenerEvidence[]> {
  const { family, context, challenge } = scan;
  const reachedAt = sockets.map((socket) => addressReaching(observer, socket, addresses));
  const probe = (isProbed: (index: number) => boolean): Promise<readonly HealthAnswer[]> =>
    Promise.all(
      sockets.map((socket, index) =>
        isProbed(index)
          ? probeHealth(observer, reachedAt[index] ?? null, socket, challenge)
          : Promise.resolve(NOT_OURS),
      ),
    );

  // With scope `all`, the probes run while the process table is walked. Otherwise the owners decide what is probed.
  const probing = scope.of === 'all' ? probe(() => true) : null;
  const owners = await findOwners(context, scope);
  const answers = await (probing ?? probe((index) => hasOurShape(family, owners[index])));
  const readOther = rootReader(observer, family, challenge);
  const listeners = sockets.map((socket, index): ListenerEvidence => {
    const holder = owners[index] ?? { kind: 'unknown', why: 'not searched' };
    return {
      socket,
      reachedAt: reachedAt[index] ?? null,
      holder,
      health: answers[index] ?? NOT_OURS,
      roots: readRootsOf(observer, holder, scan, readOther),
    };
  });
  return listeners.toSorted(inPortOrder);
}

const NOT_OURS: HealthAnswer = {
  kind: 'not_asked',
  why: 'no process of our user with a daemon command line was found for it',
};

function hasOurShape(family: Family, owner: SocketOwner | undefined): boolean {
  if (owner?.kind !== 'known') return false;
  const { argv } = owner.process;
  return argv.ok && parseSpawnShape(family, argv.value) !== null;
}

/**
 * Compares two listeners by port, then by address. The kernel lists sockets in hash order; reports list them by port.
 */
function inPortOrder({ socket: one }: ListenerEvidence, { socket: other }: ListenerEvidence): number {
  return one.port - other.port || one.address.localeCompare(other.address);
}

/** Reads our own process and machine. The caller adds the lineage, which is read only if there are listeners. */
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
    visibleProcesses: observer.self.visibleProcesses(),
    ...(observer.notActing !== undefined && { notActing: observer.notActing }),
  };
}
