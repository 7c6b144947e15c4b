import type { Guard } from './guards/guard.js';
import { GUARDS_OF_STARTS } from './guards/starts.js';
import { GUARDS_OF_STEPS } from './guards/steps.js';

/** Every guard of enforcement, start and retirement that the simulation leaves out. */
export const GUARDS: readonly Guard[] = [...GUARDS_OF_STEPS, ...GUARDS_OF_STARTS];
