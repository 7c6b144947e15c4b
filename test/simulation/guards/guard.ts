import type { Edit } from '../bundle.js';
import type { WorldName } from '../schedule.js';

/** One guard of the product, and the change that leaves it out. */
export interface Guard {
  /** What it is, as the safety case says it. */
  readonly guard: string;
  /**
   * The guards that stand in for each other, each as the edits that leave it out. A counterexample needs all of them:
   * with any one back in place, its run is right.
   */
  readonly parts: readonly (readonly Edit[])[];
  /** What its violation must say, if the change also leaves out other guards. */
  readonly shows?: RegExp;
  /** The world in which it is needed most. */
  readonly world: WorldName;
}

/** @param parts the guards that stand in for each other, each as the edits that leave it out */
export function guard(name: string, world: WorldName, ...parts: readonly (readonly Edit[])[]): Guard {
  return { guard: name, world, parts };
}

/** A change of one fragment of the source; without a replacement, the fragment is left out. */
export function edit(file: string, find: string, replace = ''): Edit {
  return { file, find, replace };
}
