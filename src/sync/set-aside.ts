import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import type { Machine, Observer } from '../machine/machine.js';
import { ROOT_FILES } from '../model/root.js';
import type { QueueRow, SetAsideCounts } from './queue.js';

/**
 * The events of one queue that are passed over. They stay in the queue, whose schema is not ours to extend; beside it,
 * a file of our own keeps how many there are, and which the server refused for their size alone, because only that
 * costs requests to find out.
 */
export interface SetAside {
  /** Whether the server refused this very content, alone, within a day. */
  wasRefused(row: QueueRow): boolean;
  /** Remembers that it did. */
  refuse(row: QueueRow): void;
  /**
   * Writes the file, if there is something new to write.
   * @param counts of a drain that saw the whole queue; null after any other. Refused events that it did not meet are gone
   * @returns why it could not be written, or null
   */
  save(counts: SetAsideCounts | null): string | null;
}

/** How many are passed over, as the last drain of the whole queue counted them. */
export function readSetAsideCounts(observer: Observer, root: string, queuePath: string): SetAsideCounts {
  return readFile(observer, pathFor(root, queuePath)).counts;
}

/** The server may take more some day: a refused event is tried again, once a day. */
const REFUSED_FOR_MS = 24 * 60 * 60 * 1000;

export function openSetAside(machine: Machine, root: string, queuePath: string): SetAside {
  const path = pathFor(root, queuePath);
  const before = readFile(machine.observer, path);
  const nowMs = machine.observer.clock.now().getTime();
  const refused = new Map(
    Object.entries(before.refused).filter(([, at]) => nowMs - REFUSED_FOR_MS < at && at <= nowMs),
  );
  const met = new Set<string>();
  return {
    wasRefused(row) {
      if (refused.size === 0) return false;
      const digest = digestOf(row);
      if (refused.has(digest)) met.add(digest);
      return refused.has(digest);
    },
    refuse(row) {
      const digest = digestOf(row);
      refused.set(digest, nowMs);
      met.add(digest);
    },
    save(counts) {
      const after: SetAsideFile = counts
        ? { counts, refused: Object.fromEntries([...refused].filter(([digest]) => met.has(digest))) }
        : { counts: before.counts, refused: Object.fromEntries(refused) };
      if (JSON.stringify(after) === JSON.stringify(before)) return null;
      const why =
        machine.actor.files.makePrivateFolder(path) ??
        machine.actor.files.writePrivate(path, `${JSON.stringify(after, null, 2)}\n`);
      return why === null ? null : `${path}: ${why}`;
    },
  };
}

interface SetAsideFile {
  readonly counts: SetAsideCounts;
  /** Digest of the content, and when it was refused, in milliseconds since 1970. */
  readonly refused: Readonly<Record<string, number>>;
}

const NONE: SetAsideCounts = { too_large: 0, malformed: 0, other_team: 0 };
const LONGEST_FILE = 4 * 1024 * 1024;

/** A file that cannot be read is one that remembers nothing: what it had is found out anew. */
function readFile(observer: Observer, path: string): SetAsideFile {
  const file = observer.files.read(path, LONGEST_FILE);
  try {
    const value = file.kind === 'read' ? (JSON.parse(file.text) as Partial<SetAsideFile> | null) : null;
    return {
      counts: {
        too_large: countIn(value?.counts?.too_large),
        malformed: countIn(value?.counts?.malformed),
        other_team: countIn(value?.counts?.other_team),
      },
      refused: Object.fromEntries(
        Object.entries(value?.refused ?? {}).filter(([, at]) => Number.isFinite(at)),
      ),
    };
  } catch {
    return { counts: NONE, refused: {} };
  }
}

function countIn(value: unknown): number {
  return Number.isSafeInteger(value) ? Number(value) : 0;
}

function pathFor(root: string, queuePath: string): string {
  return join(root, ROOT_FILES.setAsideFolder, `${basename(queuePath, '.db')}.json`);
}

function digestOf({ eventId, data }: QueueRow): string {
  const hash = createHash('sha256').update(eventId).update('\0');
  return hash.update(data ?? '').digest('hex');
}
