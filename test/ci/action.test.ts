import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import { SHIPPED_TEXT } from '../builders/policy.js';
import { LOOSER } from '../policy/diff/after.js';

interface Step {
  readonly name: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly run: string;
}

const action = parse(readFileSync('action.yml', 'utf8')) as {
  readonly runs: { readonly steps: readonly Step[] };
};
const { steps } = action.runs;

/** Stands in for GitHub's command line: notes what it is asked, and knows the comments that a test gives it. */
const GH = `#!/bin/sh
echo "$*" >>"$ASKED"
case "$*" in *--paginate*) printf '%s' "$EARLIER" ;; esac
`;

let folder = '';
let clone = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'spec-kitty-action-'));
  const [origin, bin] = [join(folder, 'origin'), join(folder, 'bin')];
  clone = join(folder, 'clone');
  mkdirSync(join(origin, 'policy'), { recursive: true });
  mkdirSync(bin);
  writeFileSync(join(bin, 'gh'), GH);
  chmodSync(join(bin, 'gh'), 0o755);
  writeFileSync(join(origin, 'policy/sync.yaml'), SHIPPED_TEXT);
  writeFileSync(join(origin, 'policy/cases.yaml'), readFileSync('policy/cases.yaml'));
  git(origin, 'init', '-q', '-b', 'main');
  git(origin, 'add', '-A');
  git(origin, '-c', 'user.name=t', '-c', 'user.email=t@localhost', 'commit', '-q', '-m', 'policy');
  git(folder, 'clone', '-q', '--depth=1', `file://${origin}`, clone);
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function git(cwd: string, ...words: readonly string[]): void {
  const { status, stderr } = spawnSync('git', words, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`git ${words.join(' ')}: ${stderr}`);
}

/** Runs a step as the runner does. */
function runStep(name: string, env: Readonly<Record<string, string>>) {
  const step = steps.find((candidate) => candidate.name === name);
  const { status, stdout, stderr } = spawnSync(
    'bash',
    ['--noprofile', '--norc', '-eo', 'pipefail', '-c', step?.run ?? 'exit 99'],
    {
      cwd: clone,
      encoding: 'utf8',
      env: {
        PATH: `${folder}/bin:${process.env['PATH'] ?? ''}`,
        HOME: folder,
        GITHUB_ACTION_PATH: resolve('.'),
        GITHUB_REPOSITORY: 'owner/name',
        GITHUB_STEP_SUMMARY: join(folder, 'summary'),
        GITHUB_OUTPUT: join(folder, 'output'),
        RUNNER_TEMP: folder,
        ASKED: join(folder, 'asked'),
        ...env,
      },
    },
  );
  return { status, stdout, stderr };
}

const taken = (name: string): string => {
  const text = readFileSync(join(folder, name), 'utf8');
  rmSync(join(folder, name));
  return text;
};

describe('the action', () => {
  test.each([
    ['a harmless change', SHIPPED_TEXT.replace('rules:', 'rules: # words'), '0', '✅'],
    ['a dangerous one', LOOSER, '1', '❌'],
  ])('examines %s against the base branch, and passes the report on', (_name, text, code, sign) => {
    writeFileSync(join(clone, 'policy/sync.yaml'), text);
    const { status, stdout, stderr } = runStep('Examine the policy', {
      POLICY: 'policy/sync.yaml',
      AGAINST: 'main',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('policy diff policy/sync.yaml: ');
    expect(stdout.includes('::error file=policy/sync.yaml,line=41')).toBe(code === '1');
    expect(taken('output')).toBe(`code=${code}\nsarif=${folder}/policy.sarif\n`);
    expect(taken('summary')).toContain(`## ${sign} Policy`);
    expect(JSON.parse(taken('policy.sarif'))).toMatchObject({ version: '2.1.0' });
    expect(runStep('Pass or fail', { CODE: code }).status).toBe(Number(code));
  });

  test('compares with nothing where there is no base branch', () => {
    const { stdout } = runStep('Examine the policy', { POLICY: 'policy/sync.yaml', AGAINST: '' });
    expect(stdout).toContain('policy test policy/sync.yaml: ');
    expect(stdout).not.toContain('policy diff');
  });

  test.each([
    ['writes a comment', '', '--method POST repos/owner/name/issues/7/comments'],
    ['and then updates that one', '31\n44\n', '--method PATCH repos/owner/name/issues/comments/31 '],
  ])('%s', (_name, earlier, request) => {
    writeFileSync(join(folder, 'policy.md'), 'report');
    const { status, stderr } = runStep('Comment on the pull request', { NUMBER: '7', EARLIER: earlier });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const [question = '', answer = ''] = taken('asked').split('\n');
    expect(question).toContain('--paginate repos/owner/name/issues/7/comments');
    expect(question).toContain('startswith("<!-- spec-kitty-policy -->")');
    expect(answer).toContain(request);
    expect(answer).toContain(`body=@${folder}/policy.md`);
  });

  test('lets nothing that others write into a script', () => {
    expect(steps.length).toBeGreaterThan(3);
    for (const { run } of steps) expect(run).not.toContain('${{');
  });
});

test('the workflow runs the action of this repository, with the rights that it needs and no others', () => {
  const workflow = parse(readFileSync('.github/workflows/policy.yml', 'utf8')) as {
    readonly on: Readonly<Record<string, unknown>>;
    readonly permissions: Readonly<Record<string, string>>;
    readonly jobs: { readonly policy: { readonly steps: readonly { readonly uses: string }[] } };
  };
  expect(Object.keys(workflow.on)).toEqual(['pull_request', 'push']);
  expect(workflow.permissions).toEqual({
    contents: 'read',
    'pull-requests': 'write',
    'security-events': 'write',
  });
  expect(workflow.jobs.policy.steps.map(({ uses }) => uses.split('@')[0])).toEqual([
    'actions/checkout',
    'actions/setup-node',
    './',
    'github/codeql-action/upload-sarif',
  ]);
});
