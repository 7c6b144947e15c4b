import { describe, expect, test } from '@jest/globals';
import type { Command } from 'commander';
import { commandTree, everyCommand } from '../../src/cli/completion.js';
import { buildProgram } from '../../src/cli/program.js';
import { fullWords, SHORT_FORMS } from '../../src/cli/short-forms.js';
import { thisProgram } from '../../src/invocation.js';
import { machine } from '../support/local-machine.js';

const program = (): Command =>
  buildProgram(machine, { exitWith: () => undefined, writeHelp: () => undefined });
const leaves = everyCommand(commandTree(program())).filter(({ commands }) => commands.length === 0);

function commandAt(root: Command, path: string): Command {
  let command = root;
  for (const name of path.split(' ')) {
    const child = command.commands.find((one) => one.name() === name);
    if (!child) throw new Error(`no command ${path}`);
    command = child;
  }
  return command;
}

/** The whole help text, with the sections added at its end. */
function helpOf(path: string): string {
  let text = '';
  const command = commandAt(program(), path);
  command.configureOutput({ writeOut: (part) => (text += part) }).outputHelp();
  return text;
}

/** The words of each example, which begins with what runs this very program. */
function examplesIn(help: string): readonly string[] {
  const { invocation } = thisProgram(machine.observer);
  return help.split('\n').flatMap((line) => {
    const start = `    ${invocation} `;
    return line.startsWith(start) ? line.slice(start.length) : [];
  });
}

/** Parses a command line without running it. @returns the path of the command that it would run */
async function commandOf(words: string): Promise<string> {
  const root = program();
  let ran = '';
  for (const leaf of leaves) commandAt(root, leaf.path).action(() => void (ran = leaf.path));
  await root.parseAsync(fullWords(words.split(' ')), { from: 'user' });
  return ran;
}

describe('the help of the program', () => {
  let help = '';
  program()
    .configureOutput({ writeOut: (part) => (help += part) })
    .outputHelp();
  const examples = examplesIn(help);

  test('shows the two commands first that lead from many orphans to none (SC-005)', () => {
    expect(examples.slice(0, 2)).toEqual(['auth doctor', 'auth doctor --reset']);
    expect(help.indexOf('auth doctor --reset')).toBeLessThan(help.indexOf('Usage:'));
  });
  test.each(examples.filter((words) => !words.startsWith('help ')))(
    'its example `%s` runs a command',
    async (words) => {
      expect(await commandOf(words)).not.toBe('');
    },
  );
  test('names every short form', () => {
    for (const [name, { words }] of Object.entries(SHORT_FORMS))
      expect(help).toContain(`${name} is ${words.join(' ')}`);
  });
});

test.each(['doctor', 'status', 'auth', 'sync'])('for `%s`, only the called command is built', (word) => {
  const output = { exitWith: () => undefined, writeHelp: () => undefined };
  const { commands } = buildProgram(machine, output, fullWords([word])[0]);
  expect(commands.map((command) => command.name())).toEqual([fullWords([word])[0]]);
});

describe.each(leaves.map(({ path }) => path))('%s --help', (path) => {
  const help = helpOf(path);
  const examples = examplesIn(help);

  test('has examples and explains its exit codes', () => {
    expect(help).toMatch(/\nExamples:\n/);
    expect(help).toMatch(/\nExit codes: 0 /);
    expect(examples.length).toBeGreaterThan(0);
  });
  test.each(examples)('its example `%s` runs this very command', async (words) => {
    expect(await commandOf(words)).toBe(path);
  });
  test('every option is explained', () => {
    const { options } = leaves.find((leaf) => leaf.path === path) ?? { options: [] };
    for (const { name, description } of options) expect([name, description]).not.toEqual([name, '']);
  });
});
