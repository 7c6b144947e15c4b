import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { SHIPPED_TEXT } from '../builders/policy.js';
import { LOOSER } from '../policy/diff/after.js';
import { runnerFor } from './run-step.js';

let folder = '';
let clone = '';
let runStep: ReturnType<typeof runnerFor>;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'spec-kitty-action-'));
  const origin = join(folder, 'origin');
  clone = join(folder, 'clone');
  mkdirSync(join(origin, 'policy'), { recursive: true });
  writeFileSync(join(origin, 'policy/sync.yaml'), SHIPPED_TEXT);
  writeFileSync(join(origin, 'policy/cases.yaml'), readFileSync('policy/cases.yaml'));
  git(origin, 'init', '-q', '-b', 'main');
  git(origin, 'add', '-A');
  git(origin, '-c', 'user.name=t', '-c', 'user.email=t@localhost', 'commit', '-q', '-m', 'policy');
  git(folder, 'clone', '-q', '--depth=1', `file://${origin}`, clone);
  runStep = runnerFor('action.yml', folder, clone, resolve('.'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function git(cwd: string, ...words: readonly string[]): void {
  const { status, stderr } = spawnSync('git', words, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`git ${words.join(' ')}: ${stderr}`);
}

const examine = (text: string, against: string) => {
  writeFileSync(join(clone, 'policy/sync.yaml'), text);
  return runStep('Examine the policy', { POLICY: 'policy/sync.yaml', AGAINST: against });
};

const taken = (name: string): string => {
  const text = readFileSync(join(folder, name), 'utf8');
  rmSync(join(folder, name));
  return text;
};

describe('the action that examines', () => {
  test.each([
    ['a harmless change', SHIPPED_TEXT.replace('rules:', 'rules: # words'), '0', '✅'],
    ['a dangerous change', LOOSER, '1', '❌'],
  ])('compares %s with the base branch, and writes the report', (_name, text, code, sign) => {
    const { status, stdout, stderr } = examine(text, 'main');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('policy diff policy/sync.yaml: ');
    expect(stdout.includes('::error file=policy/sync.yaml,line=41')).toBe(code === '1');
    expect(taken('output')).toBe(`code=${code}\nreport=${folder}/policy-report\n`);
    expect(taken('summary')).toContain(`## ${sign} Policy`);
    expect(JSON.parse(taken('policy-report/policy.sarif'))).toMatchObject({ version: '2.1.0' });
    expect(taken('policy-report/policy.md')).toContain(`## ${sign} Policy`);
    expect(runStep('Pass or fail', { CODE: code }).status).toBe(Number(code));
  });

  test('skips the comparison if there is no base branch', () => {
    const { stdout } = examine(SHIPPED_TEXT, '');
    expect(stdout).toContain('policy test policy/sync.yaml: ');
    expect(stdout).not.toContain('policy diff');
  });

  test('fetches nothing if the base branch is present, because the checkout may have no credentials', () => {
    git(clone, 'remote', 'set-url', 'origin', 'file:///nowhere');
    const { status, stdout } = examine(SHIPPED_TEXT, 'main');
    git(clone, 'remote', 'set-url', 'origin', `file://${join(folder, 'origin')}`);
    expect({ status, diff: stdout.includes('policy diff policy/sync.yaml: ') }).toEqual({
      status: 0,
      diff: true,
    });
  });
});
