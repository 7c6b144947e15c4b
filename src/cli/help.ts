import type { Command } from 'commander';
import { thisProgram } from '../invocation.js';
import type { Observer } from '../machine/machine.js';
import { PROGRAM_NAME } from '../model/product.js';

export interface HelpSections {
  readonly notes?: string;
  readonly examples: readonly Example[];
  readonly exitCodes: string;
}

/** A command line that begins with `spec-kitty`, and what it does. */
type Example = readonly [line: string, what: string];

/** Adds notes, examples that can be typed as they are printed, and exit codes to the end of a command's help. */
export function addHelpSections(
  command: Command,
  observer: Observer,
  { notes, examples, exitCodes }: HelpSections,
): Command {
  return command.addHelpText('after', () => {
    const sections = [
      ...(notes === undefined ? [] : [notes]),
      ['Examples:', ...exampleLines(observer, examples)].join('\n'),
      `Exit codes: ${exitCodes}.`,
    ];
    return `\n${sections.join('\n\n')}`;
  });
}

/** Lays out examples: each as it is typed here, alone on its line, below what it does. */
export function exampleLines(observer: Observer, examples: readonly Example[]): readonly string[] {
  const { invocation } = thisProgram(observer);
  return examples.flatMap(([line, what]) => [
    `  ${what}:`,
    `    ${line.replace(PROGRAM_NAME, () => invocation)}`,
  ]);
}
