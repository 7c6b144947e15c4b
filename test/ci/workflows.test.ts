import { describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}
interface Job {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly needs?: string;
  readonly if?: string;
  readonly steps: readonly Step[];
}
interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions?: object;
  readonly jobs: Readonly<Record<string, Job>>;
}

const FOLDER = '.github/workflows';
const FILES = readdirSync(FOLDER).map((name) => `${FOLDER}/${name}`);
const ACTIONS = ['action.yml', 'publish/action.yml'];
const read = (file: string): string => readFileSync(file, 'utf8');
const workflowIn = (file: string): Workflow => parse(read(file)) as Workflow;
const JOBS = FILES.flatMap((file) =>
  Object.entries(workflowIn(file).jobs).map(([name, job]) => [`${name} of ${file}`, job] as const),
);
const stepsOfAction = (file: string): readonly Step[] =>
  (parse(read(file)) as { readonly runs: { readonly steps: readonly Step[] } }).runs.steps;
const STEPS = [...JOBS.flatMap(([, { steps }]) => steps), ...ACTIONS.flatMap(stepsOfAction)];

describe('every workflow and action', () => {
  test('names each foreign action by a commit, with its version beside it', () => {
    const lines = [...FILES, ...ACTIONS].flatMap((file) => read(file).match(/^.*\buses:.*$/gm) ?? []);
    const foreign = lines.filter((line) => !line.includes('uses: ./'));
    expect(lines).toHaveLength(STEPS.filter(({ uses }) => uses !== undefined).length);
    expect(foreign.length).toBeGreaterThan(6);
    const pinned = foreign.map((line) =>
      /uses: (?<action>[\w-]+(?:\/[\w-]+)+)@(?<commit>[0-9a-f]{40}) # (?<version>v\d+\.\d+\.\d+)$/.exec(line),
    );
    expect(foreign.filter((_line, index) => pinned[index] === null)).toEqual([]);
    const names = pinned.map((found) => found?.groups?.['action']);
    expect(new Set(pinned.map((found) => found?.[0])).size).toBe(new Set(names).size);
  });

  test('passes untrusted input to a script only through the environment', () => {
    const scripts = STEPS.flatMap(({ run }) => run ?? []);
    expect(scripts.length).toBeGreaterThan(5);
    expect(scripts.filter((script) => script.includes('${{'))).toEqual([]);
  });

  test('checks out without leaving credentials', () => {
    const checkouts = STEPS.filter(({ uses }) => uses?.startsWith('actions/checkout@'));
    expect(checkouts.length).toBeGreaterThan(3);
    for (const { with: given } of checkouts) expect(given).toMatchObject({ 'persist-credentials': false });
  });

  test.each(FILES)('%s runs on events that give a pull request no rights', (file) => {
    const { on, permissions } = workflowIn(file);
    expect(Object.keys(on)).toEqual(['pull_request', 'push']);
    expect(permissions).toEqual({});
  });
});

test('every pull request runs the linter and the strict type check, and a warning fails (NFR-005)', () => {
  const { on, jobs } = workflowIn('.github/workflows/test.yml');
  expect(Object.keys(on)).toContain('pull_request');
  const scripts = Object.values(jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []));
  expect(scripts.join('\n')).toContain('npm run check');
  const { check } = (JSON.parse(read('package.json')) as { readonly scripts: { readonly check: string } })
    .scripts;
  expect(check.split(' && ')).toEqual(expect.arrayContaining(['tsc -p .', 'eslint --max-warnings 0 .']));
  expect(JSON.parse(read('tsconfig.json'))).toMatchObject({ compilerOptions: { strict: true } });
});

describe('a job that can write', () => {
  const writes = ({ permissions }: Job): boolean => Object.values(permissions ?? {}).includes('write');
  const writing = JOBS.filter(([, job]) => writes(job));

  test('is the one that publishes; every other job can only read the repository', () => {
    expect(writing.map(([name]) => name)).toEqual(['publish of .github/workflows/policy.yml']);
    const others = JOBS.filter(([, job]) => !writes(job)).map(([, { permissions }]) => permissions);
    expect(others.length).toBeGreaterThan(2);
    for (const permissions of others) expect(permissions).toEqual({ contents: 'read' });
  });

  test.each(writing)(
    '%s runs no script and no action of the pull request',
    (_name, { permissions, steps }) => {
      expect(permissions).toEqual({
        contents: 'read',
        'pull-requests': 'write',
        'security-events': 'write',
      });
      expect(steps.filter(({ run }) => run !== undefined)).toEqual([]);
      expect(steps.map(({ uses }) => uses?.split('@')[0])).toEqual([
        'actions/checkout',
        'actions/setup-node',
        'actions/download-artifact',
        './trusted/publish',
        'github/codeql-action/upload-sarif',
      ]);
      const [checkout, , download, publish, upload] = steps;
      expect(checkout?.with).toEqual({
        ref: '${{ github.event.pull_request.base.sha || github.sha }}',
        path: 'trusted',
        'sparse-checkout': 'publish',
        'persist-credentials': false,
      });
      // Not into the folder of trusted code, which an unpacked file could replace.
      expect(download?.with).toEqual({ name: 'policy-report', path: '${{ runner.temp }}/policy-report' });
      expect(publish?.with).toEqual({ report: '${{ runner.temp }}/policy-report' });
      expect(upload?.with).toMatchObject({
        sarif_file: '${{ steps.publish.outputs.sarif }}',
        ref: '${{ github.ref }}',
        sha: '${{ github.sha }}',
      });
    },
  );

  test.each(writing)('%s uses only the artifact of the other job', (_name, job) => {
    expect(job.needs).toBe('examine');
    expect(JSON.stringify(job)).not.toContain('needs.');
    expect(job.if).toContain('github.event.pull_request.head.repo.full_name == github.repository');
  });
});

test('the action that examines gets no token', () => {
  expect(read('action.yml')).not.toMatch(/token: *$|github\.token|secrets\./m);
});
