import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { change } from '../policy/diff/after.js';
import { runnerFor, stepsOf } from './run-step.js';

/** A case name that a report quotes, and that must not format, link or mention anything. */
const QUOTED = '@all [x](https://x.example) <b>bold</b> www.x.example #7 ~~x~~';

/** A policy under which the case of that name fails. */
const UNPROTECTED = change(
  '{ recorded_singleton: yes, responder: sync }',
  '{ recorded_singleton: yes, responder: sync, self_report: matches }',
);

let folder = '';
let runStep: ReturnType<typeof runnerFor>;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'spec-kitty-publish-'));
  const cases = readFileSync('policy/cases.yaml', 'utf8');
  writeFileSync(
    join(folder, 'cases.yaml'),
    cases.replace('the live daemon, with any self-report', JSON.stringify(QUOTED)),
  );
  runStep = runnerFor('publish/action.yml', folder, folder, resolve('publish'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const taken = (name: string): string => {
  const text = readFileSync(join(folder, name), 'utf8');
  rmSync(join(folder, name));
  return text;
};

describe('the action that publishes', () => {
  const report = (): string => join(folder, 'policy-report');
  const checked = (): string => join(folder, 'policy-checked');
  const check = () => {
    rmSync(checked(), { recursive: true, force: true });
    return runStep('Check the report', { REPORT: report() });
  };
  const writeReport = (comment: string, sarif: object | string): void => {
    rmSync(report(), { recursive: true, force: true });
    mkdirSync(report());
    writeFileSync(`${report()}/policy.md`, comment);
    writeFileSync(`${report()}/policy.sarif`, typeof sarif === 'string' ? sarif : JSON.stringify(sarif));
  };
  const examine = (text: string, format: string): string => {
    writeFileSync(join(folder, 'sync.yaml'), text);
    const words = ['policy', 'ci', 'sync.yaml', '--format', format];
    return spawnSync(process.execPath, [resolve('dist/bin.cjs'), ...words], { cwd: folder, encoding: 'utf8' })
      .stdout;
  };

  test.each([
    ['of a dangerous change, which quotes a case name', UNPROTECTED, true],
    ['of a file that is not a policy', 'a: [', false],
  ])('accepts a report %s', (_name, text, quotes) => {
    const [comment, sarif] = [examine(text, 'markdown'), examine(text, 'sarif')];
    expect(comment.includes(QUOTED)).toBe(quotes);
    writeReport(comment, sarif);
    const { status, stderr } = check();
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(taken('output')).toBe(`sarif=${checked()}/policy.sarif\n`);
    expect(readFileSync(`${checked()}/policy.md`, 'utf8')).toBe(comment);
    const resultsIn = (json: string): number =>
      (JSON.parse(json) as { runs: [{ results: unknown[] }] }).runs[0].results.length;
    expect(resultsIn(readFileSync(`${checked()}/policy.sarif`, 'utf8'))).toBe(resultsIn(sarif));
    expect(resultsIn(sarif)).toBeGreaterThan(0);
  });

  const TABLE = '<!-- spec-kitty-policy -->\n## ✅ Policy: nothing found\n\n';
  const SARIF = {
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'spec-kitty policy',
            semanticVersion: '3.3.0',
            rules: [{ id: 'x', shortDescription: { text: 'x' }, help: { text: 'x' } }],
          },
        },
        results: [
          {
            ruleId: 'x',
            level: 'error',
            message: { text: 'see [this](https://x.example)' },
            locations: [
              {
                physicalLocation: {
                  artifactLocation: { uri: 'policy/sync.yaml' },
                  region: { startLine: 1, startColumn: 1 },
                },
              },
            ],
            fixes: [{ description: { text: 'x' } }],
          },
        ],
        automationDetails: { id: 'codeql' },
      },
    ],
  };
  const withResult = (changes: object): object => {
    const [run] = SARIF.runs;
    return { ...SARIF, runs: [{ ...run, results: [{ ...run?.results[0], ...changes }] }] };
  };
  const at = (uri: string): object => ({
    locations: [
      { physicalLocation: { artifactLocation: { uri }, region: { startLine: 1, startColumn: 1 } } },
    ],
  });
  test('passes on only the known fields of SARIF, and no link', () => {
    writeReport(TABLE, SARIF);
    expect(check().status).toBe(0);
    const text = readFileSync(`${checked()}/policy.sarif`, 'utf8');
    expect(JSON.parse(text)).toMatchObject({ runs: [{ results: [{ ruleId: 'x', ruleIndex: 0 }] }] });
    expect(text).not.toMatch(/\]\(|fixes|automationDetails/);
  });

  test.each<[string, string, object | string]>([
    ['another comment', 'Approved by the maintainers.\n', SARIF],
    ['another headline', '<!-- spec-kitty-policy -->\n## ✅ [Policy](https://x.example)\n', SARIF],
    ['another line', `${TABLE}Please run this.\n`, SARIF],
    ['a mention', `${TABLE}| check | clean | @everyone |\n`, SARIF],
    ['a link', `${TABLE}| check | clean | [see](x) |\n`, SARIF],
    ['an address', `${TABLE}| check | clean | https://x.example |\n`, SARIF],
    ['an image', `${TABLE}| check | clean | <img src=x> |\n`, SARIF],
    [
      'an escaped backtick that hides a link',
      [TABLE, '| \\` https://example.org `# and \\` www.example.org `# and \\`a`&commat;octocat |\n'].join(
        '',
      ),
      SARIF,
    ],
    ['code that hides a link', `${TABLE}| \\\`a\`[see](x)\`b\` |\n`, SARIF],
    ['a block that ends early', `${TABLE}\`\`\`text\n  \`\`\`\n@everyone\n\`\`\`\n`, SARIF],
    [
      'a block that HTML before it swallows',
      `${TABLE}<details><summary>States, and next steps</summary>\n\`\`\`text\n<a href="https://x.example">@everyone</a>\n\`\`\`\n</details>\n`,
      SARIF,
    ],
    ['a block that the end of HTML swallows', `${TABLE}</details>\n\`\`\`text\n<img src=x>\n\`\`\`\n`, SARIF],
    ['a block that does not end', `${TABLE}\`\`\`text\n@everyone\n`, SARIF],
    ['control characters', `${TABLE}\u001b[2J\n`, SARIF],
    ['a comment that is too long', TABLE + '\n'.repeat(65_536), SARIF],
    ['SARIF that is not JSON', TABLE, '{'],
    ['JSON that is not SARIF', TABLE, 'null'],
    ['SARIF of another tool', TABLE, { version: '2.1.0', runs: [{ tool: { driver: { name: 'CodeQL' } } }] }],
    ['a second run', TABLE, { ...SARIF, runs: [...SARIF.runs, ...SARIF.runs] }],
    ['a file outside', TABLE, withResult(at('../x'))],
    ['a file outside, with its slash encoded', TABLE, withResult(at('a/%2e%2E%2F..%2f../x'))],
    ['a file outside, with encoded dots', TABLE, withResult(at('a/%2E%2e/x'))],
    ['an absolute file', TABLE, withResult(at('file:///etc/passwd'))],
    ['a result without a known rule', TABLE, withResult({ ruleId: '__proto__' })],
    ['a text that is too long', TABLE, withResult({ message: { text: 'x'.repeat(20_001) } })],
    ['more than 4 MiB', TABLE, ' '.repeat(4 * 1024 * 1024 + 1)],
  ])('refuses %s, with a message that does not quote it', (_name, comment, sarif) => {
    writeReport(comment, sarif);
    const { status, stdout, stderr } = check();
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/^the report is not published: [a-zA-Z ,]+\n$/);
    expect(existsSync(checked())).toBe(false);
  });

  test.each([
    [
      'a link to another file',
      () => {
        symlinkSync('/etc/passwd', `${report()}/policy.md`);
      },
    ],
    [
      'a FIFO',
      () => {
        spawnSync('mkfifo', [`${report()}/policy.md`]);
      },
    ],
    ['nothing', () => undefined],
  ])('refuses %s in the place of its comment', (_name, make) => {
    writeReport(TABLE, SARIF);
    rmSync(`${report()}/policy.md`);
    make();
    expect(check().status).toBe(1);
    expect(existsSync(checked())).toBe(false);
  });

  test.each([
    ['writes a comment', '', '--method POST repos/owner/name/issues/7/comments'],
    ['updates the earlier comment', '31\n44\n', '--method PATCH repos/owner/name/issues/comments/31 '],
  ])('%s', (_name, earlier, request) => {
    const env = { NUMBER: '7', EARLIER: earlier };
    const { status, stderr } = runStep('Comment on the pull request', env);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const [question = '', answer = ''] = taken('asked').split('\n');
    expect(question).toContain('--paginate repos/owner/name/issues/7/comments');
    expect(question).toContain('startswith("<!-- spec-kitty-policy -->")');
    expect(answer).toContain(request);
    expect(answer).toContain(`body=@${checked()}/policy.md`);
  });

  test('takes the number of the pull request from the event', () => {
    expect(
      stepsOf('publish/action.yml').find(({ name }) => name === 'Comment on the pull request')?.env,
    ).toEqual({
      GH_TOKEN: '${{ inputs.token }}',
      NUMBER: '${{ github.event.pull_request.number }}',
    });
  });
});
