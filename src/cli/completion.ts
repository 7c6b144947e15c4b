import { Argument, Command, type Option } from 'commander';
import type { Machine } from '../machine/machine.js';
import { addHelpSections } from './help.js';
import { EXIT, type ExitCode } from './output.js';
import { HELP as HELP_WORD, SHORT_FORMS } from './short-forms.js';

/** `spec-kitty completion`: prints a script that is made from the program's own commands and options. */
export function completionCommand(
  machine: Machine,
  exitWith: (code: ExitCode) => void,
  program: () => Command,
): Command {
  const command = new Command('completion')
    .description('print a script that completes the commands and options of spec-kitty in your shell')
    .addArgument(new Argument('<shell>', 'which shell').choices(SHELLS))
    .allowExcessArguments(false)
    .action((shell: Shell) => {
      machine.actor.terminal.print(completionScript(shell, commandTree(program())));
      exitWith(EXIT.done);
    });
  return addHelpSections(command, machine.observer, {
    notes: 'The script completes the command name spec-kitty, so the PATH must lead to this program.',
    examples: [
      ['spec-kitty completion bash', 'in ~/.bashrc, as source <(...)'],
      ['spec-kitty completion zsh', 'in ~/.zshrc after compinit, as source <(...)'],
      ['spec-kitty completion fish', 'in config.fish, as ... | source'],
    ],
    exitCodes: `${EXIT.done} printed, ${EXIT.couldNot} unknown shell`,
  });
}

/** A command as plain data: completions and the man page are made from it. */
export interface CommandNode {
  /** The words after the program's name: `auth doctor`. Empty for the program itself. */
  readonly path: string;
  readonly name: string;
  readonly description: string;
  readonly usage: string;
  readonly arguments: readonly ArgumentNode[];
  readonly options: readonly OptionNode[];
  readonly commands: readonly CommandNode[];
}

interface ArgumentNode {
  readonly name: string;
  readonly description: string;
  readonly values: Values;
}

interface OptionNode {
  /** `--only` */
  readonly name: string;
  /** `--only <class>` */
  readonly flags: string;
  readonly description: string;
  /** The values that the option accepts; null for an option without a required value. */
  readonly values: Values | null;
}

/** The values that an argument or an option accepts. */
type Values =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: 'file' }
  | { readonly kind: 'any' };

export function commandTree(command: Command, path = ''): CommandNode {
  return {
    path,
    name: command.name(),
    description: command.description(),
    usage: command.usage(),
    arguments: command.registeredArguments.map(argumentNode),
    options: [...command.options.filter(({ hidden }) => !hidden), HELP].map(optionNode),
    commands: command.commands.map((child) => commandTree(child, `${path} ${child.name()}`.trim())),
  };
}

/** A word that may follow the words of a command, and the path of the command that it leads to. */
interface NextWord {
  readonly name: string;
  readonly description: string;
  readonly path: string;
}

/** Lists the words that may follow: the commands, and after the program's name also the short forms and `help`. */
function nextWords({ path, commands }: CommandNode): readonly NextWord[] {
  if (path !== '') return commands;
  const short = Object.entries(SHORT_FORMS).map(([name, { words, description }]) => {
    return { name, description, path: words.join(' ') };
  });
  // After `help`, a command follows as after the program's name.
  return [...commands, ...short, { ...HELP_WORD, path }];
}

/** Lists every command of the tree, each group before its commands. */
export function everyCommand(node: CommandNode): readonly CommandNode[] {
  return [node, ...node.commands.flatMap(everyCommand)];
}

const HELP = { long: '--help', flags: '-h, --help', description: 'show this help' };

function argumentNode(argument: Argument): ArgumentNode {
  const { argChoices, description } = argument;
  return {
    name: argument.name(),
    description,
    // Every argument is a word of a closed list, a target or a file.
    values: argChoices
      ? { kind: 'words', words: argChoices }
      : { kind: argument.name() === 'target' ? 'any' : 'file' },
  };
}

function optionNode({
  long,
  flags,
  description,
  argChoices,
  required = false,
}: Pick<Option, 'flags' | 'description'> &
  Partial<Pick<Option, 'argChoices' | 'required'>> & { long?: string | undefined }): OptionNode {
  return { name: long ?? flags, flags, description, values: required ? valuesOf(flags, argChoices) : null };
}

function valuesOf(flags: string, choices: readonly string[] | undefined): Values {
  if (choices) return { kind: 'words', words: choices };
  return { kind: flags.includes('<file>') ? 'file' : 'any' };
}

const SCRIPTS: Readonly<Record<Shell, (program: CommandNode) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

/** Returns the script that a shell loads to complete the commands and options of this version. */
export function completionScript(shell: Shell, program: CommandNode): string {
  return SCRIPTS[shell](program);
}

/** Generates a completion for bash 3.2 and later, without bash-completion. */
function bashCompletion(program: CommandNode): string {
  const commands = everyCommand(program);
  return `# spec-kitty completion for bash. Load it with: source <(spec-kitty completion bash)
_spec_kitty() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} at= word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$at:$word" in
${commands.flatMap((command) => nextWords(command).map((next) => `      '${command.path}:${next.name}') at='${next.path}' ;;`)).join('\n')}
    esac
  done
  case "$at:$prev" in
${commands.flatMap((command) => valueCases(command, bashOffer)).join('\n')}
  esac
  case "$at" in
${commands.map(bashWordCase).join('\n')}
  esac
}
complete -F _spec_kitty spec-kitty
`;
}

function bashOffer(values: Values): string {
  switch (values.kind) {
    case 'words':
      return `COMPREPLY=($(compgen -W '${values.words.join(' ')}' -- "$cur"))`;
    case 'file':
      return 'COMPREPLY=($(compgen -f -- "$cur"))';
    case 'any':
      return 'COMPREPLY=()';
  }
}

function bashWordCase(node: CommandNode): string {
  const { path, options, arguments: args } = node;
  const words = [
    ...nextWords(node).map(({ name }) => name),
    ...options.map(({ name }) => name),
    ...args.flatMap(({ values }) => (values.kind === 'words' ? values.words : [])),
  ];
  const files = args.some(({ values }) => values.kind === 'file') ? ' -f' : '';
  return `    '${path}') COMPREPLY=($(compgen${files} -W '${words.join(' ')}' -- "$cur")) ;;`;
}

/** Generates a completion for fish 3, with descriptions. */
function fishCompletion(program: CommandNode): string {
  const commands = everyCommand(program);
  return `# spec-kitty completion for fish. Load it with: spec-kitty completion fish | source
function __spec_kitty_at
    set -l path ''
    for word in (commandline -opc)[2..]
        switch "$path:$word"
${commands.flatMap((command) => nextWords(command).map((next) => `            case '${command.path}:${next.name}'\n                set path '${next.path}'`)).join('\n')}
        end
    end
    test "$path" = "$argv[1]"
end
complete -c spec-kitty -f
${commands.flatMap(fishLines).join('\n')}
`;
}

function fishLines(node: CommandNode): readonly string[] {
  const { path, options, arguments: args } = node;
  const here = `complete -c spec-kitty -n "__spec_kitty_at '${path}'"`;
  return [
    ...nextWords(node).map(({ name, description }) => `${here} -a ${name} -d '${fishQuoted(description)}'`),
    ...options.map(({ name, description, values }) => {
      return `${here} -l ${name.slice(2)}${values ? ` ${fishOffer(values)}` : ''} -d '${fishQuoted(description)}'`;
    }),
    ...args.flatMap(({ values, description }) => {
      if (values.kind === 'any') return [];
      return values.kind === 'words'
        ? `${here} -a '${values.words.join(' ')}' -d '${fishQuoted(description)}'`
        : `${here} -F`;
    }),
  ];
}

function fishOffer(values: Values): string {
  switch (values.kind) {
    case 'words':
      return `-x -a '${values.words.join(' ')}'`;
    case 'file':
      return '-r -F';
    case 'any':
      return '-x';
  }
}

function fishQuoted(text: string): string {
  return text.replaceAll(/['\\]/g, String.raw`\$&`);
}

/** Generates a completion for zsh, with descriptions. */
function zshCompletion(program: CommandNode): string {
  const commands = everyCommand(program);
  return `#compdef spec-kitty
# spec-kitty completion for zsh. Load it with: source <(spec-kitty completion zsh)
_spec_kitty() {
  local at= word
  local -a offers
  for word in "\${words[@]:1:$((CURRENT-2))}"; do
    case "$at:$word" in
${commands.flatMap((command) => nextWords(command).map((next) => `      '${command.path}:${next.name}') at='${next.path}' ;;`)).join('\n')}
    esac
  done
  case "$at:\${words[CURRENT-1]}" in
${commands.flatMap((command) => valueCases(command, zshOffer)).join('\n')}
  esac
  case "$at" in
${commands.map(zshWordCase).join('\n')}
  esac
}
compdef _spec_kitty spec-kitty
`;
}

function zshOffer(values: Values): string {
  switch (values.kind) {
    case 'words':
      return `compadd -- ${values.words.join(' ')}`;
    case 'file':
      return '_files';
    case 'any':
      return ':';
  }
}

function zshWordCase(node: CommandNode): string {
  const { path, options, arguments: args } = node;
  const offers = [...nextWords(node), ...options].map(
    ({ name, description }) => `'${zshQuoted(`${name.replaceAll(':', '\\:')}:${description}`)}'`,
  );
  const more = args.map(({ values }) => `; ${zshOffer(values)}`).join('');
  return `    '${path}') offers=(${offers.join(' ')}); _describe 'spec-kitty' offers${more} ;;`;
}

function zshQuoted(text: string): string {
  return text.replaceAll("'", `'\\''`);
}

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** Generates what to offer after each option with a value, in the `case` syntax that bash and zsh share. */
function valueCases({ path, options }: CommandNode, offer: (values: Values) => string): readonly string[] {
  return options.flatMap(({ name, values }) =>
    values ? [`    '${path}:${name}') ${offer(values)}; return ;;`] : [],
  );
}
