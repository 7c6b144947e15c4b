import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { chownSync } from 'node:fs';
import { resolve } from 'node:path';
import { SHIPPED_TEXT } from '../../builders/policy.js';
import { policyFolder } from '../../support/policy-folder.js';
import { describeIf, isRoot } from '../../support/requires.js';
import { change, diffIn, LOOSER, reordered, REWORDED, STRICTER } from './after.js';

let folder = policyFolder();

beforeEach(() => {
  folder.close();
  folder = policyFolder();
  folder.write('policy/sync.yaml', SHIPPED_TEXT);
});
afterAll(() => {
  folder.close();
});

/** Runs `policy diff` between the committed shipped policy and a new text. */
const diffAfter = (text: string, words?: readonly string[]) => diffIn(folder, text, words);

describe('policy diff', () => {
  test('reports no change for other comments and for rules reordered without effect', () => {
    expect(diffAfter(reordered())).toEqual({
      code: 0,
      stderr: '',
      stdout: 'policy diff policy/sync.yaml: no verdict changed in any of 1179 states\n',
    });
  });

  test('shows a loosened change: verdicts, deciding rules with their lines, states, and an example', () => {
    const { code, stdout } = diffAfter(LOOSER.replace('rules:\n', 'rules:\n\n'));
    const line = SHIPPED_TEXT.slice(0, SHIPPED_TEXT.indexOf('- id: third-party')).split('\n').length;
    expect(code).toBe(1);
    expect(stdout.split('\n').slice(0, 3)).toEqual([
      `policy/sync.yaml:${line + 1}:5 error loosened: never_touch (third_party) became operator_required (third_party): ` +
        `\`third-party\` (line ${line + 1}, line ${line} before) decides`,
      '    30 states: port_range: sync, responder: foreign, spawn_shape: [other, unreadable]',
      '    for example: port_range=sync responder=foreign listener_pid=known owner_user=same spawn_shape=other ' +
        'root_marker=absent self_report=missing recorded_singleton=yes',
    ]);
    expect(stdout).toContain('30 of 1179 states: 30 loosened, 0 tightened, 0 only the reason\n');
  });

  test('reports tightened changes and changes of the reason only, and passes both', () => {
    const tightened = diffAfter(STRICTER);
    expect(tightened.stdout).toContain(
      'note tightened: operator_required (pre_marker) became never_touch (pre_marker)',
    );
    expect(tightened.code).toBe(0);
    const reworded = diffAfter(REWORDED);
    expect(reworded.stdout).toContain('note reason-changed: operator_required (cross_root) became');
    expect(reworded.code).toBe(0);
  });

  test.each([
    ['loosened', LOOSER, 1],
    ['loosened', STRICTER, 0],
    ['changed', STRICTER, 1],
    ['changed', REWORDED, 1],
    ['changed', SHIPPED_TEXT, 0],
    ['none', LOOSER, 0],
  ])('--fail-on %s', (failOn, text, code) => {
    expect(diffAfter(text, ['--fail-on', failOn]).code).toBe(code);
  });

  test("counts a removed invariant of the policy's own as loosened, and an implied one as kept", () => {
    const removed = diffAfter(change(/ {2}- independent: package_version\n.*\n/, ''));
    expect(removed.code).toBe(1);
    expect(removed.stdout).toContain('error invariant-removed: the invariant of line 140');
    const narrowed = diffAfter(
      change('root_marker: [other, absent, unreadable]', 'root_marker: [other, absent]'),
    );
    expect(narrowed.stdout).toContain('error invariant-removed');
    const split = change(
      '  - forbid: { when: { root_marker: [other, absent, unreadable] }, class: safe_auto }',
      '  - { forbid: { when: { root_marker: other }, class: safe_auto }, why: one }\n' +
        '  - forbid: { when: { root_marker: { not: [same, other] } }, class: safe_auto }',
    );
    expect(diffAfter(split).code).toBe(0);
  });

  test('compares a policy that breaks an invariant too, so that a reviewer sees what it means', () => {
    const { code, stdout } = diffAfter(change('      root_marker: same\n', ''));
    expect(code).toBe(0);
    expect(stdout).toContain('no verdict changed');
    const loose = diffAfter(
      change(/ {2}- id: other-root[^]*?\n\n/, '').replace('      root_marker: same\n', ''),
    );
    expect(loose.stdout).toContain('operator_required (cross_root) became safe_auto');
    expect(loose.code).toBe(1);
  });

  test('gives the same bytes each time, and compares two files', () => {
    folder.write('new.yaml', LOOSER);
    for (const format of ['json', 'sarif']) {
      const words = ['diff', 'policy/sync.yaml', 'new.yaml', '--format', format];
      expect(folder.policy(words)).toEqual(folder.policy(words));
    }
  });
});

test('policy diff reads the repository of the file, also in a git hook of another repository', () => {
  folder.write('policy/sync.yaml', LOOSER);
  folder.commit();
  const other = policyFolder();
  try {
    other.write('policy/sync.yaml', SHIPPED_TEXT);
    other.commit();
    const environment = { GIT_DIR: `${other.path}/.git`, GIT_WORK_TREE: other.path };
    const words = ['diff', '--against', 'HEAD', 'policy/sync.yaml'];
    expect(folder.policy(words, undefined, environment)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('no verdict changed'),
    });
  } finally {
    other.close();
  }
});

test('policy diff in a deleted folder fails with the cause, and names a file of the package by its whole path', () => {
  const inDeletedFolder = (...words: readonly string[]) => {
    const script = 'mkdir gone && cd gone && rmdir ../gone && exec "$@"';
    return folder.run([
      'sh',
      '-c',
      script,
      'sh',
      process.execPath,
      resolve('dist/bin.cjs'),
      'policy',
      ...words,
    ]);
  };
  const diff = inDeletedFolder('diff', '--against', 'HEAD', 'x.yaml');
  expect(diff.code).toBe(2);
  expect(diff.stderr).toContain('the current folder does not exist any more');
  expect(inDeletedFolder('check').stdout).toContain(`policy check ${resolve('policy/sync.yaml')}: `);
});

describeIf([isRoot], 'policy diff in a repository of another user', () => {
  test('fails with what git says, and not as if there were no repository', () => {
    folder.commit();
    chownSync(`${folder.path}/.git`, 12_345, 12_345);
    const { code, stderr } = folder.policy(['diff', '--against', 'HEAD', 'policy/sync.yaml']);
    expect(code).toBe(2);
    expect(stderr).toContain('git refuses to read this repository: fatal: detected dubious ownership');
  });
});

describe('policy diff refuses', () => {
  const refused = (words: readonly string[], path?: string): string => {
    const text = folder.policy(['diff', ...words], path);
    expect({ code: text.code, stdout: text.stdout }).toEqual({ code: 2, stdout: '' });
    const json = folder.policy(['diff', ...words, '--json'], path);
    expect(JSON.parse(json.stdout)).toMatchObject({
      error: { next_step: expect.any(String) },
    });
    return text.stderr;
  };
  test.each<readonly [readonly string[], string]>([
    [[], 'name two files, OLD and NEW, or --against'],
    [['one.yaml'], 'name two files, OLD and NEW, or --against'],
    [['--against', 'HEAD', 'a', 'b'], 'with --against, name one file at most'],
    [['none.yaml', 'policy/sync.yaml'], 'none.yaml:1:1: it cannot be read: ENOENT'],
    [['--against', 'HEAD', 'policy/sync.yaml'], 'HEAD:policy/sync.yaml:1:1: it is in no git repository'],
    [['--fail-on', 'sometimes', 'a', 'b'], 'Allowed choices are loosened, changed, none'],
  ])('%j', (words, message) => {
    expect(refused(words)).toContain(message);
  });
  test('a commit that does not exist, an option in its place, and a commit without the policy', () => {
    folder.commit();
    folder.write('later.yaml', SHIPPED_TEXT);
    expect(refused(['--against', 'main~7', 'policy/sync.yaml'])).toContain(
      'there is no commit `main~7` here',
    );
    expect(refused(['--against=--output=x', 'policy/sync.yaml'])).toContain(
      'there is no commit `--output=x` here',
    );
    expect(refused(['--against', 'HEAD', 'later.yaml'])).toContain('the commit does not contain it');
    expect(refused(['--against', 'HEAD', 'policy/sync.yaml'], '/nowhere')).toContain(
      'git cannot be run: ENOENT',
    );
  });
  test('an invalid policy, with the place of each error', () => {
    folder.write('bad.yaml', change('responder: dashboard }', 'respnder: dashboard }'));
    expect(refused(['policy/sync.yaml', 'bad.yaml'])).toMatch(/bad\.yaml:\d+:13: unknown key `respnder`/);
    const annotated = folder.policy(['diff', 'policy/sync.yaml', 'bad.yaml', '--format', 'github']);
    expect(annotated.code).toBe(2);
    expect(annotated.stdout).toMatch(
      /^::error file=bad.yaml,line=\d+,col=13,title=policy%3A unknown-word::unknown key/,
    );
  });
});
