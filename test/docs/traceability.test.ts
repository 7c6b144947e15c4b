import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** `tools/requirements.mjs` in a repository with three requirements, whose ids no other text here may be taken to cite. */
const [FR_1, FR_2, C_3] = ['FR-001', 'FR-002', 'C-003'] as const;
const UNKNOWN = ['FR', '099'].join('-');
const TITLES = `
  const CASES = [['a port too high (pitfall 1)', 9450], ['a port too low', 9399]] as const;
  describe('a group', () => {
    test.each(CASES)('%s is left alone', (_name, port) => {});
    test('is checked (${FR_1} to ${FR_2}, ${C_3})', () => {});
  });
`;

const folder = mkdtempSync(join(tmpdir(), 'spec-kitty-requirements-'));
const write = (file: string, text: string): void => {
  writeFileSync(join(folder, file), text);
};
const run = (...words: readonly string[]) => {
  const tool = resolve('tools/requirements.mjs');
  const { status, stderr } = spawnSync(process.execPath, [tool, ...words], { cwd: folder, encoding: 'utf8' });
  return { status, errors: stderr.split('\n').filter((line) => line !== '') };
};

beforeEach(() => {
  rmSync(folder, { recursive: true });
  for (const name of ['adr', 'bench', 'docs', 'policy', 'src', 'test', 'tools'])
    mkdirSync(join(folder, name), { recursive: true });
  write('docs/requirements.yaml', source(FR_1, FR_2, C_3, '1'));
  write('test/a.test.ts', TITLES);
  write('src/a.ts', '');
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function source(...ids: readonly string[]): string {
  const entries = ids.map((id) => `        ${id}: it is so\n`).join('');
  return `- title: Requirements\n  sections:\n    - title: All\n      entries:\n${entries}`;
}

test('the page names for each requirement the tests whose titles name it', () => {
  expect(run()).toEqual({ status: 0, errors: [] });
  expect(run('--check')).toEqual({ status: 0, errors: [] });
  const page = readFileSync(join(folder, 'docs/requirements.md'), 'utf8');
  const rows = page.split('\n').filter((line) => /^\| [A-Z\d]/.test(line));
  const checked = '[a](../test/a.test.ts) "a group › is checked"';
  expect(rows).toEqual([
    `| 1 | it is so | [a](../test/a.test.ts) "a group › a port too high is left alone" |`,
    ...[FR_1, FR_2, C_3].map((id) => `| ${id} | it is so | ${checked} |`),
  ]);
});

test('the check fails on a requirement without a test', () => {
  write('docs/requirements.yaml', source(FR_1, FR_2, C_3, '1', '2'));
  expect(run()).toEqual({ status: 1, errors: ['2 (docs/requirements.yaml): no title of a test names it'] });
  write('test/a.test.ts', TITLES.replace(C_3, 'none'));
  expect(run().errors).toContain(`${C_3} (docs/requirements.yaml): no title of a test names it`);
});

test('the check fails on an id that is no requirement, in each form in which ids are cited', () => {
  run();
  const forms = [
    [UNKNOWN, UNKNOWN],
    [`${FR_1}, ${UNKNOWN} and ${C_3}`, UNKNOWN],
    [`${FR_1} to ${['FR', '003'].join('-')}`, ['FR', '003'].join('-')],
    [['Pitfall', '7'].join(' '), 'pitfall 7'],
    [['pitfalls', '1 and 7'].join(' '), 'pitfall 7'],
    [['pitfalls', '1 to 2'].join(' '), 'pitfall 2'],
  ] as const;
  for (const [index, [text]] of forms.entries()) write(`adr/${index}.md`, `as ${text} says\n`);
  expect(run('--check')).toEqual({
    status: 1,
    errors: forms.map(
      ([, id], index) => `adr/${index}.md: cites ${id}, which is not in docs/requirements.yaml`,
    ),
  });
});

test('the check fails on a page that is not up to date', () => {
  run();
  write('test/a.test.ts', TITLES.replace('is checked', 'is looked at'));
  const error = 'docs/requirements.md is not what the titles say: run `npm run format`';
  expect(run('--check')).toEqual({ status: 1, errors: [error] });
});
