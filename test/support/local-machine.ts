import { localMachine } from '../../src/machine/local.js';

/** The real machine, for tests of functions that are given one. */
export const machine = localMachine();
