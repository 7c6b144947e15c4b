import type { Command } from 'commander';
import { thisProgram } from '../invocation.js';
import type { Observer } from '../machine/machine.js';
import { PROGRAM_NAME } from '../model/product.js';
import { wrap, wrapBehind } from '../text/layout.js';

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
    const columns = helpColumns(command);
    const sections = [
      ...(notes === undefined ? [] : [wrap(notes, columns)]),
      ['Examples:', ...exampleLines(observer, examples, columns)],
      wrap(`Exit codes: ${exitCodes}.`, columns),
    ];
    return `\n${sections.map((lines) => lines.join('\n')).join('\n\n')}`;
  });
}

/** Returns the width to which Commander wraps the help of a command. */
export function helpColumns(command: Command): number {
  return command.configureOutput().getOutHelpWidth?.() ?? 80;
}

/** Lays out examples: each as it is typed here, alone on its line, below what it does. */
export function exampleLines(
  observer: Observer,
  examples: readonly Example[],
  columns: number,
): readonly string[] {
  const { invocation } = thisProgram(observer);
  return examples.flatMap(([line, what]) => [
    ...wrapBehind('  ', `${what}:`, columns),
    `    ${line.replace(PROGRAM_NAME, () => invocation)}`,
  ]);
}
