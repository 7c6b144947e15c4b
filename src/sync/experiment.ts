import { join } from 'node:path';
import type { Machine, Observer } from '../machine/machine.js';
import { ROOT_FILES } from '../model/root.js';
import { readSettings, tableAt } from './settings-file.js';

/** What switches the experiment on for one command. */
const SWITCH = 'SPEC_KITTY_EXPERIMENTAL_MACOS=1';

/**
 * Returns the machine with the right to act if `config.toml` switches that on: `macos = true` under `[experimental]`.
 * Anything else, also a file that cannot be read, switches nothing on.
 */
export function withExperiment(machine: Machine, root: string): Machine {
  if (!machine.experiment) return machine;
  const config = readSettings(machine.observer, join(root, ROOT_FILES.config));
  const table = config.ok ? tableAt(config.value, 'experimental') : config;
  return table.ok && table.value['macos'] === true ? machine.experiment : machine;
}

/** Returns what a printed command must begin with so that it acts here. */
export function actingInvocation({ notActing }: Observer, invocation: string): string {
  return notActing === undefined ? invocation : `${SWITCH} ${invocation}`;
}
