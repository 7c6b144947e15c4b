import type { Facts, Holder, ListenerEvidence } from '../model/evidence.js';
import type { Family } from '../model/family.js';
import type { HealthAnswer } from '../model/health-answer.js';
import { parseSpawnShape } from '../model/spawn-shape.js';
import type { Reach, SocketListing } from './collectors/collector.js';
import { askForHealth, addressReaching } from './collectors/health.js';
import { rootReader } from './collectors/root.js';
import { readRootsOf } from './collectors/roots-of-candidate.js';
import { nextTurn } from '../system/observe/next-turn.js';

/**
 * Reads everything about the listeners that were found: who holds each socket, what it answers, and which roots may
 * record it. A part of its own: where nobody listens, it is never loaded.
 */
export async function gatherListeners(
  { sockets, places, findHolders }: SocketListing,
  facts: Pick<Facts, 'family' | 'observer' | 'challenge' | 'root'>,
  reach: Reach,
): Promise<readonly ListenerEvidence[]> {
  const { family, observer, challenge } = facts;
  await nextTurn();
  const addresses = sockets.map((socket) => addressReaching(socket, places));
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
      roots: readRootsOf(holder, facts, readOther),
    };
  });
  return listeners.toSorted(inPortOrder);
}

/**
 * A question takes a millisecond while nothing is warm: a program that we run in gets its turn between any two.
 * @param places null where nobody is asked
 */
async function askEach(
  places: readonly ({ readonly address: string | null; readonly port: number } | null)[],
  challenge: string,
): Promise<readonly HealthAnswer[]> {
  const answers: Promise<HealthAnswer>[] = [];
  for (const place of places) {
    if (place) await nextTurn();
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

/** The kernel lists sockets by hash; people and tests read them by port. */
function inPortOrder({ socket: one }: ListenerEvidence, { socket: other }: ListenerEvidence): number {
  return one.port - other.port || one.address.localeCompare(other.address);
}
