import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import type { Machine, Observer } from '../machine/machine.js';
import { ROOT_FILES } from '../model/root.js';
import type { SetAsideCounts } from '../model/upload.js';
import type { QueueRow } from './queue.js';
import { inertName } from '../text/terminal.js';

/**
 * The events of one queue that are set aside. They stay in the queue, whose schema belongs to the released programs. A
 * separate file has the number of these events, and the digests of those that the server refused as too large, because
 * finding them again takes requests. Events that are set aside for other reasons are found again without a request.
 */
export interface SetAside {
  /** Whether the server refused an upload with only this content as too large within the last day. */
  wasRefused(row: QueueRow): boolean;
  recordRefusal(row: QueueRow): void;
  /**
   * Writes the file if its content changed.
   * @param counts the counts of a drain that read the whole queue, else null. With counts, the refusals of events that
   *   the drain did not find are removed
   * @returns why the file could not be written, or null
   */
  save(counts: SetAsideCounts | null): string | null;
}

/** Reads the number of events set aside for each reason, as counted by the last drain that read the whole queue. */
export function readSetAsideCounts(observer: Observer, root: string, queuePath: string): SetAsideCounts {
  return readFile(observer, pathFor(root, queuePath)).counts;
}

/** How long a refusal counts. A refused event is sent again after a day, because the server's limit may change. */
const REFUSED_FOR_MS = 24 * 60 * 60 * 1000;

export function openSetAside(machine: Machine, root: string, queuePath: string): SetAside {
  const path = pathFor(root, queuePath);
  const before = readFile(machine.observer, path);
  const nowMs = machine.observer.clock.now().getTime();
  const refused = new Map(
    Object.entries(before.refused).filter(([, at]) => nowMs - REFUSED_FOR_MS < at && at <= nowMs),
  );
  const seen = new Set<string>();
  return {
    wasRefused(row) {
      if (refused.size === 0) return false;
      const digest = digestOf(row);
      if (refused.has(digest)) seen.add(digest);
      return refused.has(digest);
    },
    recordRefusal(row) {
      const digest = digestOf(row);
      refused.set(digest, nowMs);
      seen.add(digest);
    },
    save(counts) {
      const after: SetAsideFile = counts
        ? { counts, refused: Object.fromEntries([...refused].filter(([digest]) => seen.has(digest))) }
        : { counts: before.counts, refused: Object.fromEntries(refused) };
      if (JSON.stringify(after) === JSON.stringify(before)) return null;
      const why =
        machine.actor.files.makePrivateFolder(path) ??
        machine.actor.files.writePrivate(path, `${JSON.stringify(after, null, 2)}\n`);
      return why === null ? null : `${inertName(path)}: ${why}`;
    },
  };
}

interface SetAsideFile {
  readonly counts: SetAsideCounts;
  /** Time of the refusal, in Unix milliseconds, by the digest of the content. */
  readonly refused: Readonly<Record<string, number>>;
}

const NONE: SetAsideCounts = { too_large: 0, malformed: 0, other_team: 0 };
const MAX_FILE_BYTES = 4 * 1024 * 1024;

/** Reads the file of a queue. An unreadable or invalid file counts as empty: the next drain finds its events again. */
function readFile(observer: Observer, path: string): SetAsideFile {
  const file = observer.files.read(path, MAX_FILE_BYTES);
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
