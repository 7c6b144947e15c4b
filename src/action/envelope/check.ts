import type { IdentifiedCandidate } from '../../model/candidate.js';
import type { Observer } from '../../model/evidence.js';
import type { Family } from '../../model/family.js';
import type { RefusalReason } from '../../model/outcome.js';

/** What stands against acting, in words, or null. `family` is the one that the entrypoint may act on. */
type Check = (candidate: IdentifiedCandidate, observer: Observer, family: Family) => string | null;

/** In order: the first that objects names the reason. */
export type Checks = readonly (readonly [RefusalReason, Check])[];
