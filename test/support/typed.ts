import { splitRemedyText } from '../../src/model/root-problem.js';
import type { Finished } from './command.js';
import { HOSTED } from './hosted.js';
import { INVOCATION, type RunOptions } from './product.js';
import type { World } from './world.js';

const PROGRAM = new RegExp(String.raw`^(?:SPEC_KITTY_HOME=(\S+) )?${INVOCATION} (.*)$`);

/**
 * Types a printed step literally: without its comment, `sudo` as the test's own user, and this program with the options
 * of the world.
 */
export async function typed(
  world: World,
  step: string | null | undefined,
  options: RunOptions = {},
): Promise<Finished> {
  const { step: command } = splitRemedyText(step ?? 'false');
  const [, root, words] = PROGRAM.exec(command) ?? [];
  if (words === undefined) return world.shell(command.replaceAll('sudo ', ''));
  const env = { ...HOSTED, ...options.env, ...(root === undefined ? {} : { SPEC_KITTY_HOME: root }) };
  return world.run(words.split(' '), { ...options, env });
}
