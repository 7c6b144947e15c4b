import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { thisProgram } from '../src/invocation.js';
import { shellQuote } from '../src/text/terminal.js';
import { machine } from './support/local-machine.js';

/** This very program, as an installed command leads to it. */
const OURS = resolve('dist/bin.cjs');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'spec-kitty-test-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const at = (path: string): string => join(folder, path);
const link = (path: string): void => {
  mkdirSync(at(join(path, '..')), { recursive: true });
  symlinkSync(OURS, at(path));
};
const program = (path: string): string => {
  mkdirSync(at(join(path, '..')), { recursive: true });
  writeFileSync(at(path), '');
  chmodSync(at(path), 0o755);
  return at(path);
};

/** What is printed in a folder, with these folders on the PATH and further variables. */
function nameIn(cwd: string, path: readonly string[], variables: Readonly<Record<string, string>> = {}) {
  const { observer } = machine;
  const environment = { PATH: path.map(at).join(delimiter), ...variables };
  return thisProgram({
    ...observer,
    self: { ...observer.self, environment, workingDirectory: () => at(cwd) },
  });
}

test('the plain name is printed only if the PATH leads to this very program first', () => {
  link('a/spec-kitty');
  const other = program('b/spec-kitty');
  expect(nameIn('.', ['a', 'b'])).toEqual({ invocation: 'spec-kitty', other: null });
  expect(nameIn('.', ['b', 'a'])).toEqual({ invocation: shellQuote(OURS), other });
});

test('entries of the PATH that cannot be run are passed over: a folder, and a file without the right to execute', () => {
  mkdirSync(at('a/spec-kitty'), { recursive: true });
  chmodSync(program('b/spec-kitty'), 0o644);
  link('c/spec-kitty');
  expect(nameIn('.', ['a', 'b'])).toEqual({ invocation: shellQuote(OURS), other: null });
  expect(nameIn('.', ['a', 'b', 'c'])).toEqual({ invocation: 'spec-kitty', other: null });
});

test('in a project that has it, npx is printed, in a form that never downloads a program of that name', () => {
  mkdirSync(at('project/src'), { recursive: true });
  writeFileSync(at('project/package.json'), '{}');
  link('project/node_modules/.bin/spec-kitty');
  expect(nameIn('project/src', [])).toMatchObject({ invocation: 'npx --no -- spec-kitty' });
  // Another package may have taken the name.
  program('other/node_modules/.bin/spec-kitty');
  link('other/node_modules/spec-kitty/dist/bin.cjs');
  expect(nameIn('other', [])).toMatchObject({ invocation: shellQuote(OURS) });
  // npx looks in the nearest project only.
  mkdirSync(at('project/nested'));
  writeFileSync(at('project/nested/package.json'), '{}');
  expect(nameIn('project/nested', [])).toMatchObject({ invocation: shellQuote(OURS) });
});

test('folders that npm and npx put on the PATH are not on the PATH of the user', () => {
  link('project/node_modules/.bin/spec-kitty');
  const npm = { npm_config_user_agent: 'npm/11' };
  const path = ['project/node_modules/.bin'];
  expect(nameIn('.', path, npm)).toMatchObject({ invocation: shellQuote(OURS) });
  expect(nameIn('.', path)).toMatchObject({ invocation: 'spec-kitty' });
});
