import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import { SHIPPED_TEXT } from '../builders/policy.js';
import { STRICTER } from '../policy/diff/after.js';
import { sarifErrors, type SarifLog } from '../policy/formats/sarif-schema.js';
import { type Context, type JobResult, makeBin, runJob, type RunnerSettings } from './runner.js';

const PAGE = readFileSync('docs/pull-requests.md', 'utf8');
const WORKFLOW = /```yaml\n([^]*?)```/.exec(PAGE)?.[1] ?? '';
const { jobs } = parse(WORKFLOW) as { readonly jobs: Readonly<Record<'examine' | 'publish', Job>> };
type Job = Parameters<typeof runJob>[0];

interface Comment {
  readonly id: number;
  readonly user: { readonly type: string };
  readonly body: string;
}

/** What happened in one run of the workflow. */
interface Played {
  readonly examine: JobResult;
  readonly publish: JobResult;
  /** The SARIF files that were passed to code scanning. */
  readonly uploaded: readonly string[];
  readonly calls: readonly (readonly string[])[];
  readonly comments: readonly Comment[];
}

/** A comment of a user who imitates the marker. It must never be overwritten. */
const IMITATION: Comment = { id: 11, user: { type: 'User' }, body: '<!-- spec-kitty-policy -->\nhello' };

let folder = '';
let bin = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'spec-kitty-pull-request-'));
  bin = makeBin(folder);
  writeFileSync(join(folder, 'comments.json'), JSON.stringify([IMITATION]));
  // Another repository, with a stricter policy of its own.
  git(folder, 'init', '-q', '-b', 'main', 'origin');
  commit('README.md', 'not spec-kitty\n');
  commit('policy/cases.yaml', casesFor('never_touch'));
  commit('policy/sync.yaml', STRICTER);
  git(origin(), 'checkout', '-q', '-b', 'change');
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const origin = (): string => join(folder, 'origin');

function git(cwd: string, ...words: readonly string[]): string {
  const identity = ['-c', 'user.name=t', '-c', 'user.email=t@localhost'];
  const { status, stdout, stderr } = spawnSync('git', [...identity, ...words], { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`git ${words.join(' ')}: ${stderr}`);
  return stdout.trim();
}

/** Commits to the branch that is checked out in the other repository. */
function commit(file: string, text: string): void {
  mkdirSync(join(origin(), file, '..'), { recursive: true });
  writeFileSync(join(origin(), file), text);
  git(origin(), 'add', '-A');
  git(origin(), 'commit', '-q', '-m', file);
}

function casesFor(cleanupClass: string): string {
  return readFileSync('policy/cases.yaml', 'utf8').replace(
    'class: operator_required, reason: pre_marker',
    `class: ${cleanupClass}, reason: pre_marker`,
  );
}

/** Plays the workflow of the page, for a pull request from this repository or from a fork, or for a push to it. */
function play(from: 'owner/name' | 'fork/name' | 'push' = 'owner/name'): Played {
  const run = mkdtempSync(join(folder, 'run-'));
  const artifacts = join(run, 'artifacts');
  const uploaded: string[] = [];
  const calls = join(run, 'calls');
  writeFileSync(calls, '');
  const head = git(origin(), 'rev-parse', 'HEAD');
  const github: Context['github'] = {
    token: 'token-of-the-job',
    repository: 'owner/name',
    sha: head,
    ...(from === 'push'
      ? { event_name: 'push', base_ref: '', ref: 'refs/heads/main', event: {} }
      : {
          event_name: 'pull_request',
          base_ref: 'main',
          ref: 'refs/pull/7/merge',
          event: { pull_request: { number: 7, head: { repo: { full_name: from } } } },
        }),
  };
  const settingsFor = (job: string): RunnerSettings => {
    const workspace = join(run, job, 'workspace');
    mkdirSync(workspace, { recursive: true });
    return {
      workspace,
      env: {
        PATH: `${bin}:${process.env['PATH'] ?? ''}`,
        HOME: join(run, job),
        GH_CALLS: calls,
        GH_COMMENTS: join(folder, 'comments.json'),
      },
      imitated: {
        'actions/checkout': (given) => {
          expect(given).toEqual({ 'persist-credentials': 'false', 'fetch-depth': '0' });
          git(run, 'clone', '-q', `file://${origin()}`, workspace);
          git(workspace, 'checkout', '-q', '--detach', head);
        },
        'actions/setup-node': () => undefined,
        'actions/upload-artifact': ({ name = '', path = '' }) => {
          cpSync(path, join(artifacts, name), { recursive: true });
        },
        'actions/download-artifact': ({ name = '', path = '' }) => {
          cpSync(join(artifacts, name), path, { recursive: true });
        },
        'github/codeql-action/upload-sarif': (given) => {
          expect(given).toMatchObject({ ref: github['ref'], sha: head });
          uploaded.push(readFileSync(given['sarif_file'] ?? '', 'utf8'));
        },
      },
      composite: {
        'OWNER/spec-kitty@COMMIT': resolve('.'),
        'OWNER/spec-kitty/publish@COMMIT': resolve('publish'),
      },
    };
  };
  const examine = runJob(jobs.examine, github, [], settingsFor('examine'));
  const publish = runJob(jobs.publish, github, [examine], settingsFor('publish'));
  return {
    examine,
    publish,
    uploaded,
    calls: readFileSync(calls, 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as string[]),
    comments: JSON.parse(readFileSync(join(folder, 'comments.json'), 'utf8')) as Comment[],
  };
}

const requestsOf = ({ calls }: Played): readonly (string | undefined)[] =>
  calls.flatMap((words) => (words.includes('--method') ? [words[words.indexOf('--method') + 1]] : []));

describe('the workflow of docs/pull-requests.md, in another repository', () => {
  test('a change that loosens verdicts: annotations, a failed check, the comment of the page, and SARIF', () => {
    writeFileSync(join(origin(), 'policy/cases.yaml'), casesFor('operator_required'));
    commit('policy/sync.yaml', SHIPPED_TEXT);
    const played = play();
    expect([played.examine.outcome, played.publish.outcome]).toEqual(['failure', 'success']);

    const line = SHIPPED_TEXT.slice(0, SHIPPED_TEXT.indexOf('- id: pre-marker')).split('\n').length;
    const annotations = played.examine.log.split('\n').filter((text) => text.startsWith('::'));
    expect(annotations).toHaveLength(2);
    for (const annotation of annotations)
      expect(annotation).toContain(
        `::error file=policy/sync.yaml,line=${line},col=5,title=policy%3A loosened::never_touch (pre_marker) became operator_required`,
      );
    expect(played.examine.log).toContain(
      'policy diff policy/sync.yaml: the verdict changed in 11 of 1179 states: 11 loosened',
    );

    expect(requestsOf(played)).toEqual(['POST']);
    const [imitation, comment, ...more] = played.comments;
    expect([imitation, more]).toEqual([IMITATION, []]);
    expect(comment?.user).toEqual({ type: 'Bot' });
    expect(comment?.body.split('\n').slice(0, 2)).toEqual([
      '<!-- spec-kitty-policy -->',
      '## ❌ Policy: 11 states loosened',
    ]);
    expect(played.examine.summary).toBe(comment?.body);
    const shown = (comment?.body ?? '').split('\n').slice(1, -1);
    expect(PAGE).toContain(`\n${shown.map((text) => `> ${text}`.trimEnd()).join('\n')}\n\n`);

    expect(played.uploaded).toHaveLength(1);
    const log = JSON.parse(played.uploaded[0] ?? '') as SarifLog;
    expect(sarifErrors(log)).toBeNull();
    expect(log.runs[0]?.results.map(({ ruleId }) => ruleId)).toEqual(['loosened', 'loosened']);
    for (const { locations } of log.runs[0]?.results ?? [])
      expect(existsSync(join(origin(), locations[0]?.physicalLocation.artifactLocation.uri ?? ''))).toBe(
        true,
      );
  });

  test('a later push to the pull request updates this comment, and adds none', () => {
    const entries = [...play().examine.summary.matchAll(/^ {4}(- change: sha256:[0-9a-f]{64})$/gm)];
    commit(
      'policy/acknowledged.yaml',
      entries.map(([, entry]) => `${String(entry)}\n  why: they are asked to leave first\n`).join(''),
    );
    const played = play();
    expect([played.examine.outcome, played.publish.outcome]).toEqual(['success', 'success']);
    expect(played.examine.log).not.toContain('::error');
    expect(requestsOf(played)).toEqual(['PATCH']);
    expect(played.comments.map(({ id }) => id)).toEqual([11, 12]);
    expect(played.comments[0]).toEqual(IMITATION);
    expect(played.comments[1]?.body).toContain('## ⚠️ Policy: 11 states loosened as acknowledged\n');
  });

  test('a pull request from a fork is examined, and publishes nothing', () => {
    const played = play('fork/name');
    expect([played.examine.outcome, played.publish.outcome]).toEqual(['success', 'skipped']);
    expect([played.calls, played.uploaded]).toEqual([[], []]);
    expect(played.examine.summary).toContain('## ⚠️ Policy: 11 states loosened');
  });

  test('a push to the branch is examined without a comparison, and comments nowhere', () => {
    const played = play('push');
    expect([played.examine.outcome, played.publish.outcome]).toEqual(['success', 'success']);
    expect(played.examine.summary).toContain('## ✅ Policy: nothing found');
    expect([played.calls, played.uploaded.length]).toEqual([[], 1]);
  });

  test('a policy that cannot be read fails, and the comment says why', () => {
    commit('policy/sync.yaml', SHIPPED_TEXT.replace('responder: dashboard }', 'respnder: dashboard }'));
    const played = play();
    expect([played.examine.outcome, played.publish.outcome]).toEqual(['failure', 'success']);
    expect(played.examine.log).toContain('title=policy%3A unknown-word::unknown key `respnder`');
    expect(played.comments[1]?.body).toContain('## ❌ Policy: 1 problem in the file\n');
  });
});

test('the page names the inputs and outputs that the actions have, with their defaults', () => {
  const rows = [...PAGE.matchAll(/^\| `(spec-kitty(?:\/publish)?)` \| `(\w+)` \| /gm)];
  const named = rows.map(([, action, name]) => `${String(action)} ${String(name)}`);
  const existing = [
    ['spec-kitty', 'action.yml'],
    ['spec-kitty/publish', 'publish/action.yml'],
  ].map(([action = '', file = '']) => {
    const { inputs, outputs } = parse(readFileSync(file, 'utf8')) as Record<'inputs' | 'outputs', object>;
    return [...Object.keys(inputs), ...Object.keys(outputs)].map((name) => `${action} ${name}`);
  });
  expect(named.toSorted()).toEqual(existing.flat().toSorted());
});

test('the workflow of the page names the same versions of foreign actions as our own', () => {
  const used = (text: string): readonly string[] => text.match(/uses: [\w/-]+@[0-9a-f]{40} # v[\d.]+/g) ?? [];
  const ours = used(readFileSync('.github/workflows/policy.yml', 'utf8'));
  expect(used(WORKFLOW).length).toBe(6);
  expect(used(WORKFLOW).filter((line) => !ours.includes(line))).toEqual([]);
});
