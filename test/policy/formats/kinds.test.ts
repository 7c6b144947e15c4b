import { afterAll, afterEach, expect, jest, test } from '@jest/globals';
import { Engine } from 'json-rules-engine';
import { readdirSync, readFileSync } from 'node:fs';
import type { PolicyFinding } from '../../../src/policy/finding.js';
import { formatResults } from '../../../src/policy/format/formats.js';
import { compileText, policyFromText } from '../../../src/policy/load.js';
import { provePolicy } from '../../../src/policy/prove.js';
import { PLAIN } from '../../../src/text/terminal.js';
import { manyRules, SHIPPED_TEXT } from '../../builders/policy.js';
import { policyFolder } from '../../support/policy-folder.js';
import { change, LOOSER, REWORDED, STRICTER } from '../diff/after.js';
import { sarifErrors, type SarifLog } from './sarif-schema.js';

const CASES = readFileSync('policy/cases.yaml', 'utf8');
/** The cases without the only one of the rule `singleton-unknown`. */
const LOST = CASES.replace(/ {2}- name: a daemon that may be the live one\n.*\n.*\n/, '');
/** A rule that decides no state, because an earlier rule decides all of them, with a reason that no other rule gives. */
const LATE = `  - id: late
    when: { root_marker: other, owner_user: [other, unknown] }
    then: { class: operator_required, reason: late }
    why: it comes too late

`;
const TWICE = `  - id: twice
    when: { root_marker: other, owner_user: same, responder: silent }
    then: { class: operator_required, reason: cross_root }
    why: the same in other words

`;
/** An entry that matches no change. */
const UNMATCHED = `- change: sha256:${'0'.repeat(64)}\n  why: so\n`;

interface Written {
  readonly policy: string;
  readonly cases?: string;
  readonly acknowledged?: string;
}

/** For each kind of finding, files that have it, and the command that finds it. The shipped policy is committed. */
const FOUND: readonly (readonly [kind: string, written: Written, words: string])[] = [
  ['yaml', { policy: change('facts:', 'facts: &anchor') }, 'check'],
  ['form', { policy: change('then: { class: operator_required, reason: other_user }', 'then: []') }, 'check'],
  ['unknown-word', { policy: change('owner_user: other }', 'owner_usr: other }') }, 'check'],
  ['display-only-fact', { policy: change('owner_user: other }', 'package_version: older }') }, 'check'],
  ['duplicate-id', { policy: change('- id: other-user', '- id: third-party') }, 'check'],
  ['empty-when', { policy: change('when: { owner_user: other }', 'when: {}') }, 'check'],
  ['missing-why', { policy: change(/why: another user's daemon[^\n]*\n/, '') }, 'check'],
  ['default', { policy: change(/\ndefault:[^\n]*\n/, '\n') }, 'check'],
  [
    'reason',
    { policy: change('{ class: safe_auto }\n    why', '{ class: safe_auto, reason: x }\n    why') },
    'check',
  ],
  ['file', { policy: '#'.repeat(300_000) }, 'check'],
  ['dead-rule', { policy: change('  - id: unresponsive', `${LATE}  - id: unresponsive`) }, 'check'],
  ['unused-reason', { policy: change('  - id: unresponsive', `${LATE}  - id: unresponsive`) }, 'check'],
  ['redundant-rule', { policy: change('  - id: other-root', `${TWICE}  - id: other-root`) }, 'check'],
  ['unknown-reason', { policy: REWORDED }, 'check'],
  ['invariant', { policy: LOOSER }, 'prove'],
  [
    'unknown-in-safe-auto',
    {
      policy: change(
        /(- id: proven-orphan[^]*?)recorded_singleton: no/,
        '$1recorded_singleton: [no, unknown]',
      ),
    },
    'prove',
  ],
  ['frontier', { policy: SHIPPED_TEXT }, 'prove --frontier'],
  ['failing-case', { policy: STRICTER, cases: CASES }, 'test'],
  ['no-cases', { policy: SHIPPED_TEXT }, 'test'],
  ['cases', { policy: SHIPPED_TEXT, cases: CASES.replace('rule: pre-marker', 'rule: pre-marked') }, 'test'],
  ['untested-rule', { policy: SHIPPED_TEXT, cases: LOST }, 'test'],
  [
    'untested-condition',
    { policy: SHIPPED_TEXT, cases: CASES.replace(/ {2}- name: a proven orphan\n.*\n.*\n/, '') },
    'test',
  ],
  ['surviving-mutant', { policy: SHIPPED_TEXT, cases: LOST }, 'test'],
  ['loosened', { policy: LOOSER }, 'diff'],
  ['tightened', { policy: STRICTER }, 'diff'],
  ['reason-changed', { policy: REWORDED }, 'diff'],
  ['invariant-removed', { policy: change(/ {2}- independent: package_version\n.*\n/, '') }, 'diff'],
  ['acknowledged', { policy: SHIPPED_TEXT, acknowledged: UNMATCHED + UNMATCHED }, 'diff'],
  ['stale-acknowledgement', { policy: SHIPPED_TEXT, acknowledged: UNMATCHED }, 'diff'],
];

let folder = policyFolder();
afterAll(() => {
  folder.close();
});
afterEach(() => {
  jest.restoreAllMocks();
});

/** The log of one command, after the shipped policy was committed and these files were written. */
function logOf(
  { policy, cases, acknowledged }: Written,
  [command = '', ...options]: readonly string[],
): SarifLog {
  folder.close();
  folder = policyFolder();
  folder.write('policy/sync.yaml', SHIPPED_TEXT);
  folder.commit();
  folder.write('policy/sync.yaml', policy);
  if (cases !== undefined) folder.write('policy/cases.yaml', cases);
  if (acknowledged !== undefined) folder.write('policy/acknowledged.yaml', acknowledged);
  const file = command === 'test' ? ['--policy', 'policy/sync.yaml'] : ['policy/sync.yaml'];
  const against = command === 'diff' ? ['--against', 'HEAD'] : [];
  const { stdout } = folder.policy([command, ...options, ...file, ...against, '--format', 'sarif']);
  return JSON.parse(stdout) as SarifLog;
}

function expectValid(log: SarifLog, kind: string): void {
  expect(sarifErrors(log)).toBeNull();
  const [run] = log.runs;
  expect(run?.results.map(({ ruleId }) => ruleId)).toContain(kind);
  expect(run?.results.map(({ ruleIndex }) => run.tool.driver.rules[ruleIndex]?.id)).toEqual(
    run?.results.map(({ ruleId }) => ruleId),
  );
  // GitHub shows a result only at a place in a file of the repository.
  for (const { locations } of run?.results ?? []) {
    expect(locations.map(({ physicalLocation: { artifactLocation } }) => artifactLocation.uri)).toEqual([
      expect.stringMatching(/^policy\/[a-z]+\.yaml$/),
    ]);
  }
}

/** Findings as `policy check` would print them. */
function logWith(findings: readonly PolicyFinding[]): SarifLog {
  const result = { command: 'check', file: 'policy/sync.yaml', sha256: null, outcome: 'found' } as const;
  return JSON.parse(
    formatResults([{ ...result, summary: 'x', headline: null, findings }], 'sarif', PLAIN),
  ) as SarifLog;
}

const LOGS: Readonly<Record<string, () => SarifLog | Promise<SarifLog>>> = {
  ...Object.fromEntries(
    FOUND.map(([kind, written, words]) => [kind, () => logOf(written, words.split(' '))]),
  ),
  unread: () => {
    const { stdout } = folder.policy(['check', 'policy/none.yaml', '--format', 'sarif']);
    return JSON.parse(stdout) as SarifLog;
  },
  // Only commands that act refuse a policy for this, and none of them prints SARIF.
  'too-many-rules': () => {
    const refused = policyFromText(change('rules:\n', `rules:\n${manyRules(1800)}`), 'policy/sync.yaml');
    const problems = refused.ok ? [] : refused.problems;
    return logWith(problems.map((problem) => ({ ...problem, level: 'error', about: null })));
  },
  // Mocked, because the real engine never disagrees.
  engine: async () => {
    const compiled = compileText(SHIPPED_TEXT, 'policy/sync.yaml');
    if (!compiled.ok) throw new Error('the shipped policy does not compile');
    jest.spyOn(Engine.prototype, 'run').mockRejectedValue(new Error('planted'));
    const { findings } = await provePolicy(compiled.compiled);
    return logWith(findings);
  },
};

test.each(Object.entries(LOGS))(
  'SARIF of the finding `%s` is valid by the published schema',
  async (kind, log) => {
    expectValid(await log(), kind);
  },
);

test('every kind of finding is among them', () => {
  const pages = readdirSync('docs/policy').map((name) => name.replace('.md', ''));
  expect(Object.keys(LOGS).toSorted()).toEqual(pages.toSorted());
});
