import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import type { DashboardView } from '../../src/dashboard/view.js';
import { Appearances, filesBelow, mark, marksMade, writtenSince } from '../support/marks.js';
import { createMarkedWorld, MARKED_ENVIRONMENT, OURS, plantLastDrain } from '../support/marked-world.js';
import { describeIf, hasNetworkNamespace, hasPython, isRoot } from '../support/requires.js';
import { createWorld, type World } from '../support/world.js';

interface Allowed {
  readonly in: readonly string[];
  readonly reason: string;
  readonly marks: readonly string[];
}

const OTHER_USER = 12345;
/** Only root can ask as another user. */
const VIEW_OF_ANOTHER_USER: readonly string[] = isRoot.met ? ['view of another user'] : [];

/** Every allowed appearance of private content, as in docs/private-files.md. Any other appearance is a failure. */
const ALLOWED: readonly Allowed[] = [
  {
    in: ['doctor json', 'saved facts'],
    reason: 'FR-001 requires queue file, account and server; only their user can read these reports',
    marks: ['health owner', 'owner', 'record'].flatMap((of) =>
      ['server', 'scope server', 'scope user', 'scope team', 'queue'].map((field) => `${of} ${field}`),
    ),
  },
  {
    in: ['doctor json', 'doctor text', 'history', 'saved facts', 'view'],
    reason: 'the journal entries of this root: which command acted, and the result',
    marks: ['sync journal asker', 'sync journal result', 'sync journal retired'],
  },
  {
    in: ['doctor json', 'history', 'saved facts'],
    reason: 'the rule of a journal entry; the text form omits it',
    marks: ['sync journal rule'],
  },
  {
    in: ['history'],
    reason: 'why a command acted; only its user can read it',
    marks: ['class', 'reason', 'detail', 'retired detail'].map((field) => `sync journal ${field}`),
  },
  {
    in: ['logs'],
    reason: 'the user asked for the log; only they can read it',
    marks: ['sync log'],
  },
  {
    in: ['view'],
    reason: 'the journal entries of the project: which command acted, and the result',
    marks: ['dash journal asker', 'dash journal result', 'dash journal retired'],
  },
  {
    in: ['doctor json', 'doctor text', 'saved facts', 'view', ...VIEW_OF_ANOTHER_USER],
    reason: 'the root of a daemon, as part of the printed remedy',
    marks: ['pre marker root'],
  },
  {
    in: ['doctor json', 'doctor text', 'saved facts', 'view'],
    reason: 'the script of a third party, by its base name, so that its user knows it again',
    marks: ['third party script'],
  },
  {
    in: ['saved facts'],
    reason: 'evidence that describes no listener, so that no report shows it',
    marks: [
      ...['health owner version', 'owner version'],
      ...[
        'address',
        'root',
        'network',
        'version',
        'server',
        'scope server',
        'scope user',
        'scope team',
        'queue',
      ].map((field) => `stale ${field}`),
    ],
  },
  {
    in: ['identity record'],
    reason: 'a daemon records whose queue it drains; only its user can read the record',
    marks: ['username', 'team slug', 'server path'],
  },
  {
    in: ['sync', 'view'],
    reason: 'the result of the last drain',
    marks: ['last drain detail'],
  },
];

/** Files that may contain private content, because only their user can read them. */
const CHANNELS: readonly (readonly [path: RegExp, channel: string])[] = [
  [/\/identity\/[0-9a-f]{32}\.json$/, 'identity record'],
  [/\/queues\//, 'queue'],
  [/\/journal\.jsonl$/, 'journal'],
  [/\.log$/, 'log'],
];

describeIf([hasNetworkNamespace, hasPython], 'the content of private files', () => {
  let world: World;
  let made: Awaited<ReturnType<typeof createMarkedWorld>>;
  const seen = new Appearances();
  beforeAll(async () => {
    world = await createWorld();
    made = await createMarkedWorld(world);
    seeFiles(made.written);
    const planted = filesBelow(world.root, world.project);
    await runEverything();
    await askEverything();
    await endEverything();
    seeFiles(writtenSince(planted, filesBelow(world.root, world.project)));
    plantLastDrain(world);
    await run('sync', 'sync', 'status');
    await run('sync', 'sync', 'status', '--json');
    await run('dashboard', 'dashboard');
    await askForViews();
    await run('dashboard', 'dashboard', '--stop');
  }, 120_000);
  afterAll(async () => {
    await made.close();
    await world.close();
  });

  const run = async (channel: string, ...words: readonly string[]): Promise<void> => {
    const { stdout, stderr } = await world.run(words, { env: MARKED_ENVIRONMENT, cwd: world.project });
    expect(stdout).not.toBe('');
    seen.add(channel, stdout + stderr);
  };

  const seeFiles = (files: ReadonlyMap<string, string>): void => {
    for (const [path, text] of files)
      seen.add(CHANNELS.find(([pattern]) => pattern.test(path))?.[1] ?? path, text);
  };

  const runEverything = async (): Promise<void> => {
    const doctor = ['auth', 'doctor'] as const;
    const facts = `${world.folder}/facts.json`;
    const out = `${world.folder}/report.json`;
    await run('doctor json', ...doctor, '--json', '--save-facts', facts);
    for (const of of [[], ['--facts', facts], ['--collector', 'systeminformation']]) {
      for (const more of [[], ['--explain']]) {
        await run('doctor text', ...doctor, ...of, ...more);
        await run('doctor json', ...doctor, '--json', ...of, ...more);
      }
      await run('metrics', ...doctor, '--format', 'openmetrics', ...of);
    }
    await run('doctor text', ...doctor, '--explain', String(OURS));
    await run('doctor text', ...doctor, '--reset', '--dry-run');
    await run('doctor json', ...doctor, '--reset', '--dry-run', '--json');
    await world.run([...doctor, '--json', '--out', out], { env: MARKED_ENVIRONMENT });
    seen.add('doctor json', readFileSync(out, 'utf8'));
    seen.add('saved facts', readFileSync(facts, 'utf8'));
    for (const more of [[], ['--json']]) {
      await run('history', 'history', ...more);
      await run('logs', 'sync', 'logs', ...more);
      await run('sync', 'sync', 'status', ...more);
      await run('sync', 'sync', 'now', ...more);
      await run('sync', 'sync', 'start', ...more);
      await run('dashboard', 'dashboard', ...more);
      await run('other commands', 'policy', 'check', ...more);
    }
    await run('other commands', '--version', '--json');
  };

  const askEverything = async (): Promise<void> => {
    for (const port of [OURS, 9237]) {
      for (const path of ['/', '/page.js', '/page.css', '/api/health', '/api/nothing', '/sync-daemon']) {
        const { head, body } = await world.ask(port, {
          path,
          headers: { 'X-Spec-Kitty-Challenge': 'a nonce' },
        });
        seen.add('answers', head + body);
      }
      for (const path of ['/api/shutdown', '/api/sync/trigger', '/api/view']) {
        const { head, body } = await world.ask(port, {
          path,
          method: 'POST',
          body: { nonce: 'x', at: 1, proof: 'x' },
        });
        seen.add('answers', head + body);
      }
    }
    await askForViews();
  };

  const askForViews = async (): Promise<void> => {
    await askForView('view');
    for (const channel of VIEW_OF_ANOTHER_USER) await askForView(channel, OTHER_USER);
  };

  const askForView = async (channel: string, uid?: number): Promise<void> => {
    const { status, body } = await world.ask(9237, { path: '/api/view', seconds: 30, uid });
    expect(status).toBe(200);
    expect((JSON.parse(body) as DashboardView).for_own_user).toBe(uid === undefined);
    seen.add(channel, body);
  };

  const endEverything = async (): Promise<void> => {
    await run('doctor json', 'auth', 'doctor', '--reset', '--json');
    await run('sync', 'sync', 'stop');
    await run('sync', 'sync', 'stop', '--json');
    await run('dashboard', 'dashboard', '--stop');
    await run('dashboard', 'dashboard', '--stop', '--json');
  };

  test('appears in the allowed channels and nowhere else (pitfall 31)', () => {
    const allowed = ALLOWED.flatMap(({ marks, in: channels }) =>
      marks.map((name) => [name, channels] as const),
    );
    const found = marksMade().map((name) => [name, seen.of(mark(name))] as const);
    expect(Object.fromEntries(found.filter(([, channels]) => channels.length > 0))).toEqual(
      Object.fromEntries(allowed),
    );
  });

  test('includes tokens, which appear nowhere, and secrets, which appear in their own record only', () => {
    const found = Object.entries(made.secrets).map(([name, secret]) => [name, seen.of(secret)]);
    expect(Object.fromEntries(found)).toEqual({
      'shared token': [],
      'pre marker token': [],
      'own owner token': [],
      'own secret': ['identity record'],
    });
  });

  test('includes no executable path on the page, which other users can read', () => {
    expect(seen.of(process.execPath)).toEqual(['doctor json', 'saved facts']);
  });
});
