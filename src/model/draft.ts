/**
 * A file is written to a draft in the same folder, which is then renamed. A writer that is killed in between leaves its
 * draft behind. The time makes the name unique, because PIDs repeat in containers.
 * @param nowMs Unix time in milliseconds
 */
export function draftNameOf(path: string, pid: number, nowMs: number): string {
  return `${path}.${pid}.${nowMs}.tmp`;
}

export interface Draft {
  /** The name of the file that the draft was to become. */
  readonly of: string;
  /** Unix time in milliseconds. */
  readonly begunMs: number;
}

/** Parses the name of a draft; null for any other name. */
export function parseDraftName(name: string): Draft | null {
  const [, of, time] = /^(.+)\.\d+\.(\d{1,15})\.tmp$/.exec(name) ?? [];
  return of === undefined ? null : { of, begunMs: Number(time) };
}

/**
 * Whether the writer of a draft has certainly stopped writing it: a write takes milliseconds. After the clock was set
 * back a draft may be of the future.
 */
export function isAbandoned({ begunMs }: Draft, nowMs: number): boolean {
  return Math.abs(nowMs - begunMs) > ABANDONED_AFTER_MS;
}

const ABANDONED_AFTER_MS = 60_000;
