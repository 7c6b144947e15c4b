import type { Facts, ListenerEvidence, RootEvidence } from '../model/evidence.js';
import type { FactValue } from '../model/policy-facts.js';
import { sameDirectory } from '../model/same-directory.js';
import type { SpawnShape } from '../model/spawn-shape.js';

export interface RootMarker {
  readonly value: FactValue<'root_marker'>;
  readonly exists: FactValue<'root_exists'>;
  readonly because: string;
}

/** Compares the root that argv declares with ours. `same` only when both were identified as the one directory. */
export function rootMarkerOf(
  shape: SpawnShape | null,
  { holder, roots }: ListenerEvidence,
  facts: Facts,
): RootMarker {
  if (!shape) {
    const readable = holder.kind === 'known' && holder.process.argv.ok && holder.process.argv.value.exact;
    return readable
      ? { value: 'absent', exists: 'unknown', because: 'its command line is not that of a daemon' }
      : { value: 'unreadable', exists: 'unknown', because: 'its command line could not be read' };
  }
  if (shape.generation === 'pre-marker') {
    return { value: 'absent', exists: 'unknown', because: 'its release had no root marker' };
  }
  if (!roots.ok) return { value: 'unreadable', exists: 'unknown', because: roots.why };
  const marked = roots.value[0]?.directory ?? { kind: 'unreadable', why: 'not looked at' };
  switch (marked.kind) {
    case 'unreadable':
      return {
        value: 'unreadable',
        exists: 'unknown',
        because: `its root cannot be identified: ${marked.why}`,
      };
    case 'missing':
      return aboutMissing(roots.value[1]);
    case 'directory':
      return sameDirectory(marked, facts.root.directory)
        ? { value: 'same', exists: 'yes', because: 'its root marker names the same directory as our root' }
        : { value: 'other', exists: 'yes', because: 'its root marker names another directory than our root' };
  }
}

/** @param ofLog the root that its open log was found in */
function aboutMissing(ofLog: RootEvidence | undefined): RootMarker {
  return ofLog
    ? { value: 'other', exists: 'yes', because: `its root was renamed to ${ofLog.path} while it ran` }
    : { value: 'other', exists: 'no', because: 'its root has been deleted' };
}
