import { type CommandNode, everyCommand, type Values } from '../command-tree.js';

/** A completion for fish 3, with descriptions. */
export function fishCompletion(program: CommandNode): string {
  const commands = everyCommand(program);
  return `# spec-kitty completion for fish. Load it with: spec-kitty completion fish | source
function __spec_kitty_at
    set -l path ''
    for word in (commandline -opc)[2..]
        switch "$path:$word"
${commands.flatMap((command) => command.commands.map((child) => `            case '${command.path}:${child.name}'\n                set path '${child.path}'`)).join('\n')}
        end
    end
    test "$path" = "$argv[1]"
end
complete -c spec-kitty -f
${commands.flatMap(lines).join('\n')}
`;
}

function lines({ path, commands, options, arguments: args }: CommandNode): readonly string[] {
  const here = `complete -c spec-kitty -n "__spec_kitty_at '${path}'"`;
  return [
    ...commands.map(({ name, description }) => `${here} -a ${name} -d '${quoted(description)}'`),
    ...options.map(({ name, description, values }) => {
      return `${here} -l ${name.slice(2)}${values ? ` ${offer(values)}` : ''} -d '${quoted(description)}'`;
    }),
    ...args.map(({ values, description }) =>
      values.kind === 'words'
        ? `${here} -a '${values.words.join(' ')}' -d '${quoted(description)}'`
        : `${here} -F`,
    ),
  ];
}

function offer(values: Values): string {
  switch (values.kind) {
    case 'words':
      return `-x -a '${values.words.join(' ')}'`;
    case 'file':
      return '-r -F';
    case 'any':
      return '-x';
  }
}

function quoted(text: string): string {
  return text.replaceAll(/['\\]/g, String.raw`\\$&`);
}
