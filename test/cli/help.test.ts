import { describe, expect, test } from '@jest/globals';
import type { Command } from 'commander';
import { commandTree, everyCommand } from '../../src/cli/completion.js';
import { buildProgram } from '../../src/cli/program.js';
import { thisProgram } from '../../src/invocation.js';
import { machine } from '../support/local-machine.js';

const program = (): Command =>
  buildProgram(machine, { exitWith: () => undefined, writeOut: () => undefined });
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

describe.each(leaves.map(({ path }) => path))('%s --help', (path) => {
  const help = helpOf(path);
  const { invocation } = thisProgram(machine.observer);
  const examples = help
    .split('\n')
    .filter((line) => line.startsWith(`  ${invocation} `))
    .map((line) => line.slice(invocation.length + 3).split('   ')[0] ?? '');

  test('has examples and explains its exit codes', () => {
    expect(help).toMatch(/\nExamples:\n/);
    expect(help).toMatch(/\nExit codes: 0 /);
    expect(examples.length).toBeGreaterThan(0);
  });
  test.each(examples)('its example `spec-kitty %s` runs this very command', async (words) => {
    const root = program();
    let ran = '';
    for (const leaf of leaves) commandAt(root, leaf.path).action(() => void (ran = leaf.path));
    await root.parseAsync(words.split(' '), { from: 'user' });
    expect(ran).toBe(path);
  });
  test('every option is explained', () => {
    const { options } = leaves.find((leaf) => leaf.path === path) ?? { options: [] };
    for (const { name, description } of options) expect([name, description]).not.toEqual([name, '']);
  });
});
