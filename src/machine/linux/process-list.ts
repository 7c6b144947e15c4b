import { type Dir, opendirSync, readdirSync } from 'node:fs';

/** Lists the PIDs of all processes that `/proc` shows. */
function listPids(): number[] {
  return readdirSync('/proc').flatMap((name) => (isPid(name) ? [Number(name)] : []));
}

/** How many entries of `/proc` one read returns. Such a read takes about a millisecond. */
const ENTRIES_AT_A_TIME = 256;

/**
 * Opens a list of the PIDs of all processes that `/proc` shows. The list is read piece by piece while it is iterated,
 * because listing 50,000 processes at once blocks the event loop for 60 ms.
 * @returns null if `/proc` cannot be listed, for example for lack of descriptors
 */
export function openPidList(): Iterable<number> | null {
  try {
    return pidsIn(opendirSync('/proc', { bufferSize: ENTRIES_AT_A_TIME }));
  } catch {
    return null;
  }
}

function* pidsIn(entries: Dir): Generator<number, void> {
  const listed = new Set<number>();
  try {
    for (let entry = nextEntry(entries); entry !== null; entry = nextEntry(entries)) {
      if (entry === undefined) {
        for (const pid of listPids()) if (!listed.has(pid)) yield pid;
        return;
      }
      if (!isPid(entry)) continue;
      listed.add(Number(entry));
      yield Number(entry);
    }
  } finally {
    entries.closeSync();
  }
}

/**
 * Returns the next name; null at the end; undefined if names are missing: the kernel gives no type to a process that ends
 * just then, Node looks at the process, fails, and drops all names that it read at that time.
 */
function nextEntry(entries: Dir): string | null | undefined {
  try {
    return entries.readSync()?.name ?? null;
  } catch {
    return undefined;
  }
}

/** Counts the processes that `/proc` shows. */
export function countProcesses(): number {
  return listPids().length;
}

function isPid(name: string): boolean {
  return /^\d+$/.test(name);
}
