import { localMachine } from '../../src/machine/local.js';

/** The real machine, for tests of functions that take an `Observer` or `Actor`. */
export const machine = localMachine();
