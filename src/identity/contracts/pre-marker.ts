import type { SelfReport } from '../self-report.js';

/** Python 3.1.x and older, and 3.2.0 release candidates: they declare no root, so nothing they say can be enough. */
export function preMarkerContract(): SelfReport {
  return {
    value: 'missing',
    because: 'its release had no root marker, so it declares no scope to compare',
    source: 'argv',
    contract: 'none',
  };
}
