import type { Finished } from './command.js';
import { HOSTED } from './hosted.js';
import type { RunOptions } from './product.js';
import type { World } from './world.js';

/**
 * Types a printed step literally: without its comment, `sudo` as the test's own user, and this program wherever `npx`
 * would run it.
 */
export async function typed(
  world: World,
  step: string | null | undefined,
  options: RunOptions = {},
): Promise<Finished> {
  const [command = ''] = (step ?? 'false').split('  # ');
  const [, root, words] = /^(?:SPEC_KITTY_HOME=(\S+) )?npx spec-kitty (.*)$/.exec(command) ?? [];
  if (words === undefined) return world.shell(command.replaceAll('sudo ', ''));
  const env = { ...HOSTED, ...options.env, ...(root === undefined ? {} : { SPEC_KITTY_HOME: root }) };
  return world.run(words.split(' '), { ...options, env });
}
