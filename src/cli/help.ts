import type { Command } from 'commander';

/** A command line as a user types it, and what it does. */
export type Example = readonly [line: string, what: string];

/** Adds notes, examples that can be typed as they are, and exit codes to the end of a command's help. */
export function addHelpSections(
  command: Command,
  { notes, examples, exitCodes }: { notes?: string; examples: readonly Example[]; exitCodes: string },
): Command {
  const width = Math.max(...examples.map(([line]) => line.length));
  const lines = examples.map(([line, what]) => `  ${line.padEnd(width)}   ${what}`);
  const sections = [
    ...(notes === undefined ? [] : [notes]),
    ['Examples:', ...lines].join('\n'),
    `Exit codes: ${exitCodes}.`,
  ];
  return command.addHelpText('after', `\n${sections.join('\n\n')}`);
}
