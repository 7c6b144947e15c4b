import { monotonicMs, sleep } from '../runtime.js';
import { type Endpoint, findRows, type Row } from './peer-owners.js';

/** Who has the other end of a connection: the listener's user, or the listener's queue; another user; or it is unknown. */
export type OtherEnd = 'listener' | 'another_user' | 'unknown';

/**
 * Determines who received a connection that we opened to a listener, from the kernel's table. Must be called before
 * anything is sent: a listener that has answered may have closed its end.
 *
 * A socket that was bound to the listener's address and port before the listener can receive the connection in its
 * place (TCP simultaneous open), if its program knows our end, which every user can read while the listener's queue is
 * full. Its row has the user that opened it. The listener's end has the user of the listener, or no inode until the
 * listener accepts it. A socket that its program has closed has no inode either, but is not connected any more.
 * @param theirs the address and port that we connected to, both IPv4
 * @param uid the user of the listener
 * @param deadlineMs other users can hide a row for a moment, so it is searched again until then
 */
export async function whoReceived(
  theirs: Endpoint,
  ours: Endpoint,
  uid: number,
  deadlineMs: number,
): Promise<OtherEnd> {
  const end = monotonicMs() + deadlineMs;
  for (;;) {
    const row = await search(theirs, ours);
    if (row !== null) return ownerOf(row, uid);
    if (monotonicMs() >= end) return 'unknown';
    await sleep(PAUSE_MS);
  }
}

const PAUSE_MS = 20;
const ESTABLISHED = '01';
export const SYN_SENT = '02';
/** The listener's queue is full: the kernel has not taken the connection into it yet. */
const SYN_RECEIVED = '03';
const NO_INODE = 0;

function ownerOf(row: Row, listener: number): OtherEnd {
  if (row.inode !== NO_INODE) return row.uid === listener ? 'listener' : 'another_user';
  return mayBeQueued(row) ? 'listener' : 'unknown';
}

/**
 * Whether a socket without an inode may wait in a listener's queue, from where nothing is sent. Else its program has
 * closed it. A closed MPTCP socket can stay connected as long as it has something to send.
 */
export function mayBeQueued({ state, isSent }: Pick<Row, 'state' | 'isSent'>): boolean {
  return isSent && (state === ESTABLISHED || state === SYN_RECEIVED);
}

let waiting: { readonly ends: readonly [Endpoint, Endpoint]; readonly answer: (row: Row | null) => void }[] =
  [];

/** Finds the row of a connection. One search serves all connections that were asked about until it begins. */
function search(...ends: [Endpoint, Endpoint]): Promise<Row | null> {
  return new Promise((answer) => {
    waiting.push({ ends, answer });
    if (waiting.length === 1) setImmediate(() => void searchAll());
  });
}

async function searchAll(): Promise<void> {
  const those = waiting;
  waiting = [];
  const rows = await findRows(those.map(({ ends }) => ends));
  for (const { ends, answer } of those) answer(rows.get(ends) ?? null);
}
