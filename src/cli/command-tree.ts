import type { Argument, Command, Option } from 'commander';

/** A command as plain data: for completions and the manual, which are made from what is parsed. */
export interface CommandNode {
  /** The words that lead to it, without the program's name: `auth doctor`. Empty for the program itself. */
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
  /** What follows it; null where nothing has to. */
  readonly values: Values | null;
}

/** What may stand in a place: one of these words, a file, or anything else. */
export type Values =
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

/** Every command of the tree, groups before what is in them. */
export function everyCommand(node: CommandNode): readonly CommandNode[] {
  return [node, ...node.commands.flatMap(everyCommand)];
}

const HELP = { long: '--help', flags: '--help', description: 'show this help' };

function argumentNode(argument: Argument): ArgumentNode {
  const { argChoices, description } = argument;
  return {
    name: argument.name(),
    description,
    // Whatever has no closed list of words is the name of a file.
    values: argChoices ? { kind: 'words', words: argChoices } : { kind: 'file' },
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
