import { type Endpoint, peersOwnedBy } from './linux/peer-owners.js';
import { monotonicMs } from './runtime.js';

/**
 * Minimum pause between two searches: the longer of `PAUSE_MS` and `PAUSE_FACTOR` times the duration of the last search.
 * It limits the load, because other users can ask at any time, and can make the kernel's table long.
 */
const PAUSE_MS = 100;
const PAUSE_FACTOR = 2;

/**
 * Returns a function that tells whether our own user opened a connection to `local`; false in doubt. There is one search
 * of the kernel's table at a time, for all connections that were asked about until it begins: a search for each would
 * take as many descriptors as other users open connections.
 */
export function ownPeers(local: Endpoint): (peer: Endpoint) => Promise<boolean> {
  let waiting: { readonly peer: Endpoint; readonly answer: (isOwn: boolean) => void }[] = [];
  let isSearching = false;

  return (peer) =>
    new Promise((answer) => {
      waiting.push({ peer, answer });
      if (!isSearching) void search();
    });

  async function search(): Promise<void> {
    isSearching = true;
    const those = waiting;
    waiting = [];
    const start = monotonicMs();
    const owned = await peersOwnedBy(
      process.geteuid?.() ?? -1,
      local,
      those.map(({ peer }) => peer),
    );
    for (const { peer, answer } of those) answer(owned.has(peer));
    setTimeout(
      () => {
        isSearching = false;
        if (waiting.length > 0) void search();
      },
      Math.max(PAUSE_MS, (monotonicMs() - start) * PAUSE_FACTOR),
    ).unref();
  }
}
