import type { Seen } from './seen.js';

/** Compares a daemon's version with ours. Display only: a difference is evidence to show, never a verdict (FR-008). */
export function compareVersions(theirs: string | null, ours: string): Seen<'package_version'> {
  if (theirs === null) return { value: 'unknown', because: 'it gives no version' };
  const order = orderOf(parseVersion(theirs), parseVersion(ours));
  if (order === null) return { value: 'unparsable', because: 'it gives a version that is none' };
  if (order === 0) return { value: 'same', because: `it has the version of this command, ${ours}` };
  return order < 0
    ? { value: 'older', because: `it has an older version than this command, ${ours}` }
    : { value: 'newer', because: `it has a newer version than this command, ${ours}` };
}

interface Version {
  readonly release: readonly number[];
  /** `rc2` of `3.2.6rc2`, `beta.1` of `3.3.0-beta.1`; empty for a final release. */
  readonly preRelease: string;
}

/** Reads what Python and npm both write: `3.2.4`, `3.2.6rc2`, `3.3.0-beta.1`. */
function parseVersion(text: string): Version | null {
  const match = /^(\d{1,6})\.(\d{1,6})\.(\d{1,6})(?:[-.]?([a-z][a-z0-9.]{0,30}))?$/i.exec(text);
  if (!match) return null;
  return { release: match.slice(1, 4).map(Number), preRelease: match[4] ?? '' };
}

function orderOf(one: Version | null, other: Version | null): number | null {
  if (!one || !other) return null;
  for (const [index, number] of one.release.entries()) {
    const difference = number - (other.release[index] ?? 0);
    if (difference !== 0) return difference;
  }
  if (one.preRelease === other.preRelease) return 0;
  // A final release comes after its pre-releases.
  if (one.preRelease === '') return 1;
  if (other.preRelease === '') return -1;
  return one.preRelease.localeCompare(other.preRelease, 'en', { numeric: true });
}
