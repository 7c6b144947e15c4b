import type { CommandNode } from '../command-tree.js';
import { bashCompletion } from './bash.js';
import { fishCompletion } from './fish.js';
import type { Shell } from './shells.js';
import { zshCompletion } from './zsh.js';

const SCRIPTS: Readonly<Record<Shell, (program: CommandNode) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

/** The script that a shell loads to complete the words of this very version. */
export function completionScript(shell: Shell, program: CommandNode): string {
  return SCRIPTS[shell](program);
}
