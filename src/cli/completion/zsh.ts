import { type CommandNode, everyCommand, type Values } from '../command-tree.js';
import { valueCases } from './value-cases.js';

/** A completion for zsh, with descriptions. */
export function zshCompletion(program: CommandNode): string {
  const commands = everyCommand(program);
  return `#compdef spec-kitty
# spec-kitty completion for zsh. Load it with: source <(spec-kitty completion zsh)
_spec_kitty() {
  local at= word
  local -a offers
  for word in "\${words[@]:1:$((CURRENT-2))}"; do
    case "$at:$word" in
${commands.flatMap((command) => command.commands.map((child) => `      '${command.path}:${child.name}') at='${child.path}' ;;`)).join('\n')}
    esac
  done
  case "$at:\${words[CURRENT-1]}" in
${commands.flatMap((command) => valueCases(command, offer)).join('\n')}
  esac
  case "$at" in
${commands.map(wordCase).join('\n')}
  esac
}
compdef _spec_kitty spec-kitty
`;
}

function offer(values: Values): string {
  switch (values.kind) {
    case 'words':
      return `compadd -- ${values.words.join(' ')}`;
    case 'file':
      return '_files';
    case 'any':
      return ':';
  }
}

function wordCase({ path, options, commands, arguments: args }: CommandNode): string {
  const offers = [...commands, ...options].map(
    ({ name, description }) => `'${quoted(`${name.replaceAll(':', '\\:')}:${description}`)}'`,
  );
  const more = args.map(({ values }) => `; ${offer(values)}`).join('');
  return `    '${path}') offers=(${offers.join(' ')}); _describe 'spec-kitty' offers${more} ;;`;
}

function quoted(text: string): string {
  return text.replaceAll("'", `'\\''`);
}
