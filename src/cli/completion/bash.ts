import { type CommandNode, everyCommand, type Values } from '../command-tree.js';
import { valueCases } from './value-cases.js';

/** A completion for bash 3.2 and later, without bash-completion. */
export function bashCompletion(program: CommandNode): string {
  const commands = everyCommand(program);
  return `# spec-kitty completion for bash. Load it with: source <(spec-kitty completion bash)
_spec_kitty() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} at= word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$at:$word" in
${commands.flatMap((command) => command.commands.map((child) => `      '${command.path}:${child.name}') at='${child.path}' ;;`)).join('\n')}
    esac
  done
  case "$at:$prev" in
${commands.flatMap((command) => valueCases(command, offer)).join('\n')}
  esac
  case "$at" in
${commands.map(wordCase).join('\n')}
  esac
}
complete -F _spec_kitty spec-kitty
`;
}

function offer(values: Values): string {
  switch (values.kind) {
    case 'words':
      return `COMPREPLY=($(compgen -W '${values.words.join(' ')}' -- "$cur"))`;
    case 'file':
      return 'COMPREPLY=($(compgen -f -- "$cur"))';
    case 'any':
      return 'COMPREPLY=()';
  }
}

function wordCase({ path, options, commands, arguments: args }: CommandNode): string {
  const words = [
    ...commands.map(({ name }) => name),
    ...options.map(({ name }) => name),
    ...args.flatMap(({ values }) => (values.kind === 'words' ? values.words : [])),
  ];
  const files = args.some(({ values }) => values.kind === 'file') ? ' -f' : '';
  return `    '${path}') COMPREPLY=($(compgen${files} -W '${words.join(' ')}' -- "$cur")) ;;`;
}
