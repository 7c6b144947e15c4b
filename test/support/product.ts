import { existsSync, realpathSync } from 'node:fs';
import { resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Finished, runCommand } from './command.js';
import { homeOf, type Place } from './place.js';

const BIN = fileURLToPath(new URL('../../dist/bin.js', import.meta.url));

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly uid?: number;
  readonly cwd?: string;
  readonly stdin?: string;
}

export interface Outcome extends Finished {
  readonly ms: number;
  /** stdout, which must be one JSON document. */
  json(): unknown;
}

/** Runs `spec-kitty` as built, with a closed environment, in the namespace. */
export async function runProduct(
  place: Place,
  args: readonly string[],
  { env = {}, uid, cwd = place.folder, stdin }: RunOptions = {},
): Promise<Outcome> {
  const whole = { HOME: homeOf(place, uid), NO_COLOR: '1', ...env };
  refuseOutside(place, cwd, whole);
  const from = performance.now();
  const launch = { env: whole, cwd, uid };
  const finished = await runCommand(place.processes, [process.execPath, BIN, ...args], launch, stdin);
  return { ...finished, ms: performance.now() - from, json: () => JSON.parse(finished.stdout) as unknown };
}

/** The product may only ever see runtime roots that the test made (pitfall 16): never the developer's own. */
function refuseOutside({ folder }: Place, cwd: string, env: Readonly<Record<string, string>>): void {
  for (const name of ['HOME', 'SPEC_KITTY_HOME']) {
    const value = env[name];
    // An empty SPEC_KITTY_HOME counts as unset; an empty HOME would send the product to the user database.
    if (value === undefined || (value === '' && name === 'SPEC_KITTY_HOME')) continue;
    const path = resolve(cwd, value);
    if (!(existsSync(path) ? realpathSync(path) : path).startsWith(`${folder}${sep}`))
      throw new Error(`refusing to start the product with ${name}=${value}: it lies outside ${folder}`);
  }
}
