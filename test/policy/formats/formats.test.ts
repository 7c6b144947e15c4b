import { describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { readFileSync } from 'node:fs';
import type { PolicyFinding, PolicyResult } from '../../../src/policy/finding.js';
import { formatResults } from '../../../src/policy/format/formats.js';
import type { Format } from '../../../src/policy/format/formats.js';
import { PLAIN } from '../../../src/text/terminal.js';
import { SARIF_SCHEMA, sarifErrors, type SarifLog } from './sarif-schema.js';

const LEVELS = ['error', 'warning', 'note'] as const;

function finding(changes: Partial<PolicyFinding> = {}): PolicyFinding {
  return {
    check: 'loosened',
    level: 'error',
    file: 'policy/sync.yaml',
    line: 3,
    column: 5,
    message: 'something',
    hint: null,
    about: null,
    ...changes,
  };
}

const WITNESS: NonNullable<PolicyFinding['about']>['witness'] = {
  port_range: 'sync',
  responder: 'silent',
  listener_pid: 'known',
  owner_user: 'same',
  spawn_shape: 'production',
  root_marker: 'same',
  self_report: 'missing',
  recorded_singleton: 'no',
};
const ABOUT = { region: { responder: ['silent'] }, states: 2, witness: WITNESS };

function result(findings: readonly PolicyFinding[], changes: Partial<PolicyResult> = {}): PolicyResult {
  const outcome = findings.length > 0 ? 'found' : 'clean';
  return {
    command: 'diff',
    file: 'policy/sync.yaml',
    sha256: null,
    outcome,
    summary: 'done',
    headline: null,
    findings,
    ...changes,
  };
}

const format = (name: Format, ...results: readonly PolicyResult[]): string =>
  formatResults(results, name, PLAIN);

/** Text with Markdown, HTML, workflow commands and control characters. */
const HOSTILE =
  'a|b <img src=x> @everyone [x](http://x) ``` ::error::x\n::stop-commands::y %0A \u001b[31m --> </details>';

describe('sarif', () => {
  const logOf = (...results: readonly PolicyResult[]): SarifLog => {
    const log = JSON.parse(format('sarif', ...results)) as SarifLog;
    expect(sarifErrors(log)).toBeNull();
    return log;
  };

  test('is valid by the published schema, which refuses an invalid document', () => {
    expect(SARIF_SCHEMA).toMatchObject({
      $schema: expect.stringContaining('draft-04'),
      id: expect.stringContaining('sarif-2.1.0'),
    });
    logOf(result([]));
    logOf(
      result(LEVELS.map((level) => finding({ level, about: ABOUT, hint: HOSTILE, message: HOSTILE }))),
      result([]),
    );
    expect(sarifErrors({ version: '2.1.0', runs: [{ results: [{ level: 'bad' }] }] })).not.toBeNull();
    const at = (uri: string) => ({ physicalLocation: { artifactLocation: { uri } } });
    const runs = [
      {
        tool: { driver: { name: 'x' } },
        results: [{ message: { text: 'x' }, locations: [at('policy/my file.yaml')] }],
      },
    ];
    expect(JSON.stringify(sarifErrors({ version: '2.1.0', runs }))).toContain('uri-reference');
  });

  test('gives every result its rule and exactly one location', () => {
    const checks = ['loosened', 'dead-rule', 'loosened'];
    const [run] = logOf(result(checks.map((check, index) => finding({ check, line: index + 1 })))).runs;
    expect(run?.tool.driver.rules.map((rule) => rule.id)).toEqual(['dead-rule', 'loosened']);
    expect(run?.results.map(({ ruleIndex }) => run.tool.driver.rules[ruleIndex]?.id)).toEqual(checks);
    expect(run?.results.map(({ locations }) => locations)).toEqual(
      checks.map((_, index) => [
        {
          physicalLocation: {
            artifactLocation: { uri: 'policy/sync.yaml' },
            region: { startLine: index + 1, startColumn: 5 },
          },
        },
      ]),
    );
  });

  test('names a file by a URI, with special characters encoded', () => {
    const uris = logOf(
      result([finding({ file: 'a b/ü#?%.yaml' }), finding({ file: '/x/a b.yaml' })]),
    ).runs[0]?.results.map(({ locations }) => locations[0]?.physicalLocation.artifactLocation.uri);
    expect(uris).toEqual(['a%20b/%C3%BC%23%3F%25.yaml', 'file:///x/a%20b.yaml']);
  });
});

describe('github', () => {
  test('annotates the place, with the states and the next step', () => {
    expect(format('github', result([finding({ about: ABOUT, hint: 'do this' })]))).toBe(
      '::error file=policy/sync.yaml,line=3,col=5,title=policy%3A loosened::' +
        'something%0A2 states: responder: silent%0Anext step: do this\n' +
        'policy diff policy/sync.yaml: done\n',
    );
  });

  test('shows at most ten annotations of a type, and counts the rest', () => {
    const findings = LEVELS.flatMap((level) =>
      Array.from({ length: 25 }, (_, index) => finding({ level, message: `number ${index}` })),
    );
    const lines = format('github', result(findings)).split('\n');
    for (const type of ['error', 'warning', 'notice']) {
      const shown = lines.filter((line) => line.startsWith(`::${type} `));
      expect(shown).toHaveLength(10);
      expect(shown[0]).toContain('::number 0');
      expect(shown[8]).toContain('::number 8');
      expect(shown[9]).toBe(`::${type} title=policy::16 more: see the whole report`);
    }
    const ten = result(findings.slice(0, 10));
    expect(format('github', ten).match(/^::error /gm)).toHaveLength(10);
    expect(format('github', ten)).not.toContain('more:');
  });

  test('escapes text that would start a command or end the place', () => {
    const text = format(
      'github',
      result([finding({ message: HOSTILE, file: 'a,line=9::b:\nc' })], { summary: HOSTILE }),
    );
    expect(text.split('\n').filter((line) => line.startsWith('::'))).toHaveLength(1);
    expect(text).toContain('file=a%2Cline=9%3A%3Ab%3A%0Ac,line=3');
    expect(text).toContain('%250A');
  });
});

describe('markdown', () => {
  test('starts with the marker of the comment and a title, and has the result of each command', () => {
    const text = format(
      'markdown',
      result([], { command: 'test', headline: '2 cases failing' }),
      result([finding({ about: ABOUT })], { headline: '2 states loosened' }),
    );
    expect(text.split('\n').slice(0, 2)).toEqual([
      '<!-- spec-kitty-policy -->',
      '## ❌ Policy: 2 states loosened, 2 cases failing',
    ]);
    expect(text).toContain('| diff | found | done |');
    expect(text).toContain('| test | clean | done |');
    expect(text).toContain('| error | loosened | policy/sync.yaml:3 | 2 | something |');
    expect(text).toContain(
      '    2 states: responder: silent\n    for example: port_range=sync responder=silent',
    );
    expect(format('markdown', result([]))).not.toContain('<details>');
  });

  test('stays below 64 kB, and counts what it omits', () => {
    for (const message of ['short', 'ü'.repeat(3_000)]) {
      const text = format(
        'markdown',
        result(Array.from({ length: 2_000 }, () => finding({ message, hint: message }))),
      );
      expect(Buffer.byteLength(text)).toBeLessThan(64_000);
      expect(text.match(/… and \d+ more: see the whole report/g)).toHaveLength(2);
      expect(text.endsWith('</details>\n')).toBe(true);
    }
  });

  test('escapes text of a policy: it formats nothing, links nothing and mentions no user', () => {
    const text = format(
      'markdown',
      result([finding({ message: HOSTILE, hint: HOSTILE, file: HOSTILE })], { summary: HOSTILE }),
    );
    const [outside = ''] = text.split('<details>');
    expect(outside).not.toMatch(/[^\\]<img|@everyone|[^\\]\[x\]|http:\/\//);
    expect(text).not.toContain('\u001b');
    expect(outside.split('\n').filter((line) => line.startsWith('|'))).toHaveLength(6);
    const [, fence = '', inside = ''] = /\n(`{3,})text\n([^]*)\n\1\n/.exec(text) ?? [];
    expect(fence).toBe('````');
    expect(inside).toContain('<img');
    expect(inside).not.toContain(fence);
  });
});

test('json: a single result is its own document, several are listed under the worst outcome', () => {
  const validate = new Ajv({ allowUnionTypes: true }).compile(
    JSON.parse(readFileSync('schemas/policy-report.schema.json', 'utf8')) as object,
  );
  const check = result([], { command: 'check' });
  const one = JSON.parse(format('json', check)) as unknown;
  expect(one).toEqual({ schema_version: 1, ...check });
  expect(validate(one)).toBe(true);
  for (const [outcomes, worst] of [
    [['clean', 'clean'], 'clean'],
    [['clean', 'inconclusive'], 'inconclusive'],
    [['found', 'inconclusive'], 'found'],
    [['found', 'failed'], 'failed'],
  ] as const) {
    const results = outcomes.map((outcome) => result([], { command: 'prove', outcome }));
    const document = JSON.parse(format('json', ...results)) as unknown;
    expect(document).toMatchObject({ command: 'ci', outcome: worst });
    expect(validate(document)).toBe(true);
  }
});

test('text: starts with a place that editors understand, and has no control characters', () => {
  const text = format('text', result([finding({ message: HOSTILE, about: ABOUT })]));
  expect(text).toMatch(/^policy\/sync\.yaml:3:5 error loosened: a\|b/);
  expect(text).not.toContain('\u001b');
});
