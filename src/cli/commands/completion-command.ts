import { Argument, Command } from 'commander';
import { commandTree } from '../command-tree.js';
import { type Shell, SHELLS } from '../completion/shells.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { print } from '../print.js';
import { teach } from '../teach.js';

/** The words of `spec-kitty completion`: made from the program itself, so that it offers what there is. */
export function completionCommand(exitWith: (code: ExitCode) => void, program: Command): Command {
  const command = new Command('completion')
    .description('print a script that completes the words of spec-kitty in your shell')
    .addArgument(new Argument('<shell>', 'which shell').choices(SHELLS))
    .allowExcessArguments(false)
    .action(async (shell: Shell) => {
      const { completionScript } = await import('../completion/scripts.js');
      print(completionScript(shell, commandTree(program)));
      exitWith(EXIT.done);
    });
  return teach(command, {
    examples: [
      ['spec-kitty completion bash', 'in ~/.bashrc: source <(spec-kitty completion bash)'],
      ['spec-kitty completion zsh', 'in ~/.zshrc, after compinit: source <(spec-kitty completion zsh)'],
      ['spec-kitty completion fish', 'in config.fish: spec-kitty completion fish | source'],
    ],
    exitCodes: `${EXIT.done} printed, ${EXIT.couldNot} no such shell`,
  });
}
