import type { Command } from 'commander';

/** A command line as somebody would type it, and what comes of it. */
export type Example = readonly [line: string, what: string];

/** Ends the help of a command: what it does beside, examples that can be typed as they stand, and its exit codes. */
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
