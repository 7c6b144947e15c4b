import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { spawnSync } from 'node:child_process';
import { manyRules, SHIPPED_TEXT } from '../builders/policy.js';

/** Runs the commands of `spec-kitty policy` as a reviewer does. None of them scans processes. */
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'spec-kitty-policy-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function policy(...words: readonly string[]) {
  const env = { PATH: process.env['PATH'] ?? '', NO_COLOR: '1' };
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [resolve('dist/bin.cjs'), 'policy', ...words],
    { cwd: folder, env, encoding: 'utf8' },
  );
  return { code: status, stdout, stderr };
}

/** The shipped policy with one thing changed. */
function changed(from: string | RegExp, to: string): string {
  const text = SHIPPED_TEXT.replace(from, to);
  if (text === SHIPPED_TEXT) throw new Error('nothing was changed');
  const file = join(folder, 'policy.yaml');
  writeFileSync(file, text);
  return file;
}

/** `line check` of every finding. */
function found(...words: readonly string[]): readonly string[] {
  const { stdout } = policy(...words, '--json');
  const { findings } = JSON.parse(stdout) as { findings: { line: number; check: string }[] };
  return findings.map(({ line, check }) => `${line} ${check}`);
}

const lineOf = (text: string): number =>
  SHIPPED_TEXT.split('\n').findIndex((line) => line.includes(text)) + 1;

describe('policy check', () => {
  test('finds nothing in the shipped policy', () => {
    expect(policy('check')).toMatchObject({ code: 0, stderr: '' });
  });

  test.each<readonly [check: string, from: string | RegExp, to: string]>([
    ['yaml', 'facts:', 'facts: &anchor'],
    ['yaml', '- id: other-user', '- <<: *other\n    id: other-user'],
    ['yaml', 'default:', 'default: { class: never_touch, reason: unclassified }\ndefault:'],
    ['form', 'then: { class: operator_required, reason: other_user }', 'then: []'],
    ['unknown-word', 'owner_user: other }', 'owner_usr: other }'],
    ['unknown-word', 'owner_user: other }', 'owner_user: others }'],
    ['display-only-fact', 'when: { owner_user: other }', 'when: { package_version: older }'],
    ['duplicate-id', '- id: other-user', '- id: third-party'],
    ['empty-when', 'when: { owner_user: other }', 'when: {}'],
    ['empty-when', 'when: { owner_user: other }', 'when: { owner_user: { not: [same, other, unknown] } }'],
    ['missing-why', /why: another user's daemon[^\n]*\n/, ''],
    ['default', /\ndefault:[^\n]*\n/, '\n'],
    ['default', /(\ndefault: \{ class: )never_touch/, '$1operator_required'],
    ['reason', 'reason: other_user', 'because: other_user'],
  ])('reports what makes a policy invalid: %s (%s -> %s)', (check, from, to) => {
    const { code } = policy('check', changed(from, to));
    expect(code).toBe(1);
    const checks = found('check', join(folder, 'policy.yaml')).map((finding) => finding.split(' ')[1]);
    // The misspelt key is reported, and not the missing `reason`.
    expect(checks).toContain(check === 'reason' ? 'unknown-word' : check);
  });

  test('reports a dead rule with the earlier rules that decide its states', () => {
    const rule = `  - id: late
    when: { root_marker: other, owner_user: [other, unknown] }
    then: { class: operator_required, reason: late }
    why: it comes too late

`;
    const file = changed('  - id: unresponsive', `${rule}  - id: unresponsive`);
    expect(found('check', file)).toEqual([
      `${lineOf('- id: unresponsive')} dead-rule`,
      `${lineOf('- id: unresponsive')} unused-reason`,
      `${lineOf('- id: unresponsive')} unknown-reason`,
    ]);
    const { stdout } = policy('check', file);
    expect(stdout).toContain('`other-user` (line ');
    expect(stdout).toContain('`owner-unknown` (line ');
  });

  test('reports a redundant rule', () => {
    const rule = `  - id: twice
    when: { root_marker: other, owner_user: same, responder: silent }
    then: { class: operator_required, reason: cross_root }
    why: the same in other words

`;
    const file = changed('  - id: other-root', `${rule}  - id: other-root`);
    expect(found('check', file)).toEqual([`${lineOf('- id: other-root')} redundant-rule`]);
  });
});

describe('policy prove', () => {
  test('proves the shipped policy in every state, and the rule engine agrees in each', () => {
    const { code, stdout } = policy('prove', '--cross-check');
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(
        /invariants hold in all 1179 states; the rule engine agrees in each of them/,
      ),
    });
  });

  test('shows a broken invariant with the rule, the region and an example state', () => {
    const file = changed(
      'when: { recorded_singleton: yes, responder: sync }',
      'when: { recorded_singleton: unknown, responder: sync }',
    );
    const { code, stdout } = policy('prove', file);
    expect(code).toBe(1);
    expect(stdout).toContain('the healthy recorded daemon is never touched');
    expect(stdout).toMatch(/recorded_singleton: yes/);
    expect(stdout).toMatch(/for example: .*recorded_singleton=yes/);
  });

  test('writes a witness that `policy explain --facts` reads', () => {
    const file = changed(
      'when: { recorded_singleton: yes, responder: sync }',
      'when: { recorded_singleton: unknown, responder: sync }',
    );
    policy('prove', file, '--witness', 'witness.json');
    const { code, stdout } = policy('explain', '--facts', 'witness.json', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      candidates: [{ cleanup_class: 'never_touch', skip_reason: 'recorded_singleton' }],
    });
  });

  test('refuses a safe_auto rule that admits an unknown, even if an earlier rule decides it', () => {
    const file = changed(
      /(- id: proven-orphan[^]*?)recorded_singleton: no/,
      '$1recorded_singleton: [no, unknown]',
    );
    expect(found('prove', file)).toContain(`${lineOf('- id: proven-orphan')} unknown-in-safe-auto`);
  });

  test('reports all unproven facts of a rule as one finding', () => {
    const file = changed(/(- id: proven-orphan\n {4}when:\n)[^]*?( {4}then)/, '$1      responder: sync\n$2');
    const unproven = found('prove', file).filter((finding) => finding.endsWith('unknown-in-safe-auto'));
    expect(unproven).toEqual([`${lineOf('- id: proven-orphan')} unknown-in-safe-auto`]);
    expect(policy('prove', file).stdout).toMatch(/admits anything for `port_range`; .*`recorded_singleton`/);
  });

  test('refuses a reason that is not in the vocabulary, and suggests the nearest', () => {
    const file = changed('reason: cross_root', 'reason: cros_root');
    const { code, stdout } = policy('check', file);
    expect({ code, stdout }).toEqual({
      code: 1,
      stdout: expect.stringContaining('unknown-reason: the reason `cros_root` is not in the vocabulary'),
    });
    expect(stdout).toContain('next step: did you mean `cross_root`?');
  });

  test('lists every single change that leads into safe_auto', () => {
    const facts = found('prove', '--frontier').map((finding) => finding.split(' ')[1]);
    expect(new Set(facts)).toEqual(new Set(['frontier']));
    expect(facts.length).toBeGreaterThanOrEqual(5);
  });

  test.each([
    ['check', 'nothing was checked'],
    ['prove', 'nothing was proved'],
  ])('%s is inconclusive with too many rules, and never a pass', (command, words) => {
    const file = changed('rules:\n', `rules:\n${manyRules(1800)}`);
    const { code, stdout } = policy(command, file);
    expect({ code, stdout }).toEqual({
      code: 3,
      stdout: expect.stringMatching(`1820 rules in 1179 states are more than 2000000 checks: ${words}\n$`),
    });
  });

  test('writes the same certificate each time, and the build writes that of the shipped policy', () => {
    const write = (name: string): string => {
      expect(policy('prove', '--cross-check', '--certificate', name).code).toBe(0);
      return readFileSync(join(folder, name), 'utf8');
    };
    expect(write('one.json')).toBe(write('other.json'));
    expect(readFileSync('dist/policy-certificate.json', 'utf8')).toBe(write('one.json'));
    const broken = changed('- id: out-of-range', '- id: outside');
    policy('prove', broken, '--certificate', 'broken.json');
    expect(readFileSync(join(folder, 'broken.json'), 'utf8')).not.toBe(write('one.json'));
  });

  test('writes no certificate if an invariant is broken', () => {
    const file = changed(
      'when: { recorded_singleton: yes, responder: sync }',
      'when: { recorded_singleton: unknown, responder: sync }',
    );
    expect(policy('prove', file, '--certificate', 'none.json').code).toBe(1);
    expect(existsSync(join(folder, 'none.json'))).toBe(false);
  });
});

describe('policy explain, fmt and schema', () => {
  const ORPHAN = [
    'port_range=sync',
    'responder=sync',
    'listener_pid=known',
    'owner_user=same',
    'spawn_shape=production',
    'root_marker=other',
    'self_report=matches',
    'recorded_singleton=no',
  ];

  test('explain prints the verdict on a state, and what would change it', () => {
    const { code, stdout } = policy('explain', '--set', ...ORPHAN, '--why-not', 'safe_auto');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^operator_required \(cross_root\)\n/);
    expect(stdout).toMatch(/Would be safe_auto if root_marker were same instead of other\.\n$/);
  });

  test.each([
    [['--set', 'responder=sinc'], 'did you mean `sync`?'],
    [['--set', 'responder=sync'], '`port_range` is not set'],
    [['--set', ...ORPHAN.slice(0, -1), 'recorded_singelton=no'], 'did you mean `recorded_singleton`?'],
    [
      ['--set', ...ORPHAN.map((word) => word.replace('responder=sync', 'responder=silent'))],
      'no listener can have these facts',
    ],
    [[], 'give --set or --facts'],
  ])('explain refuses %j', (words, message) => {
    const { code, stderr } = policy('explain', ...words);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) });
  });

  test('fmt rewrites a policy in the canonical layout, and keeps comments and meaning', () => {
    expect(policy('fmt', '--check').code).toBe(0);
    const file = changed('when: { port_range: outside }', 'when:   {port_range:    outside}  # why not');
    expect(policy('fmt', '--check', file).code).toBe(1);
    expect(policy('fmt', file)).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(readFileSync(file, 'utf8')).toContain('when: { port_range: outside } # why not');
    cpSync('policy/sync.yaml', join(folder, 'old.yaml'));
    expect(policy('diff', 'old.yaml', file).stdout).toContain('no verdict changed');
    expect(policy('fmt', '--check', file).code).toBe(0);
  });

  test.each([
    ['fmt', []],
    ['explain', ['--set', ...ORPHAN, '--policy']],
  ])(
    '%s reports that it could not be done for an invalid policy, with the place of the error',
    (command, words) => {
      const file = changed('owner_user: other }', 'owner_usr: other }');
      const { code, stdout, stderr } = policy(command, ...words, file);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(`policy ${command} could not be done\n${file}:63:13: unknown key`);
    },
  );

  test('schema prints the schema that the shipped policy names for editors', () => {
    expect(JSON.parse(policy('schema').stdout)).toEqual(
      JSON.parse(readFileSync('schemas/policy.schema.json', 'utf8')),
    );
  });
});
