import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Appearances, filesBelow, mark, marksMade, writtenSince } from '../support/marks.js';
import { ENVIRONMENT, QueueRoot, TEAM_SLUG, USER } from '../support/queue-files.js';
import { describeIf, hasNetworkNamespace, hasPython } from '../support/requires.js';
import { HOSTED } from '../support/sync.js';
import { createWorld, type World } from '../support/world.js';

const SERVER = 'https://sync.example';
const ID = 'a'.repeat(32);
const LONG = 'x'.repeat(2 * 1024 * 1024);

/** A unique text, placed where an error message may quote the file. */
const M = (file: string): string => mark(`malformed ${file}`);

const SIGNED_IN = `[user]\nusername = "${USER}"\nteam_slug = "${TEAM_SLUG}"\n[server]\nurl = "${SERVER}"\n`;

function stateFiles(m: string): readonly string[] {
  return [
    m,
    `http://127.0.0.1:1\n${m}\n`,
    `http://127.0.0.1:9400\n9400\nkey\n${m}\n`,
    `http://127.0.0.1:9400\n9400\nkey\n1\n${m}\n`,
    `http://me:${m}@127.0.0.1:x\n9400\n`,
    `${m}\n${LONG}`,
  ];
}

function jsonFiles(m: string): readonly string[] {
  return [
    `{"pid": "${m}`,
    `"${m}"`,
    `["${m}"]`,
    `{"pid": "${m}", "port": {"${m}": 1}}`,
    `${m}: 1`,
    `"${m}${LONG}"`,
  ];
}

function tomlFiles(m: string): readonly string[] {
  return [
    m,
    `[user\n${m} = 1`,
    `[user]\nusername = ["${m}"]\n[sync]\nserver_url = ["${m}"]\nbackground_daemon = {a = "${m}"}\n`,
    `[user]\nusername = ${m}\n[sync]\nbackground_daemon = ${m}\n`,
    `[user]\n${m} = 1\n${m} = 2\n`,
    `[user]\nusername = "\\u${m}"\n`,
    `user = "${m}"\nsync = "${m}"\n`,
    `a = 1979-05-27 "${m}"\nb = 0x${m}\n`,
  ];
}

/** The private files with the malformed texts that each one gets. */
const FILES: readonly (readonly [root: 'root' | 'project', path: string, texts: readonly string[]])[] = [
  ['root', 'sync-daemon', stateFiles(M('state file'))],
  ['root', 'sync/daemon/owner.json', jsonFiles(M('owner'))],
  [
    'root',
    `sync/daemon/identity/${ID}.json`,
    [...jsonFiles(M('record')), `{"id": "${ID}", "secret": "${M('record')}"}`],
  ],
  ['root', 'sync/daemon/journal.jsonl', jsonFiles(M('journal'))],
  ['root', 'sync/daemon/last-drain.json', [`{"at": "${M('drain')}", "end": "x"}`, ...jsonFiles(M('drain'))]],
  ['root', 'credentials', tomlFiles(M('credentials'))],
  ['root', 'config.toml', tomlFiles(M('config'))],
  ['project', '.kittify/.dashboard', stateFiles(M('meta'))],
  ['project', `.kittify/.dashboard.d/identity/${ID}.json`, jsonFiles(M('dashboard record'))],
  ['project', '.kittify/.dashboard.d/journal.jsonl', jsonFiles(M('dashboard journal'))],
];
const ROUNDS = Math.max(...FILES.map(([, , texts]) => texts.length));

describeIf([hasNetworkNamespace, hasPython], 'an error message about a private file', () => {
  let world: World;
  let root: QueueRoot;
  beforeEach(async () => {
    world = await createWorld();
    root = new QueueRoot(world.root);
    root.signIn(SERVER);
  });
  afterEach(async () => {
    await root.close();
    await world.close();
  });

  const plant = (path: string, text: string): void => {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(path, text, { mode: 0o600 });
  };

  test.each(Array.from({ length: ROUNDS }, (_, round) => round))(
    'does not quote its content, malformed text %d of each file (pitfall 31)',
    async (round) => {
      const seen = new Appearances();
      for (const [of, path, texts] of FILES) plant(join(world[of], path), texts[round % texts.length] ?? '');
      // Every other round has valid settings, so that the commands reach the queue and start the daemon.
      if (round % 2 === 1) plant(join(world.root, 'credentials'), SIGNED_IN);
      if (round % 2 === 1) plant(join(world.root, 'config.toml'), `# ${M('config')}\n`);
      plant(root.queuePath, `no database, and ${M('queue')}`);
      await world.startDaemon({ port: 9401, version: '3.2.2', root: `${world.folder}/other/.spec-kitty` });
      const before = filesBelow(world.root, world.project);
      const facts = `${world.folder}/facts.json`;
      for (const words of [
        ['auth', 'doctor'],
        ['auth', 'doctor', '--json', '--explain', '--save-facts', facts],
        ...['status', 'now'].flatMap((name) => [
          ['sync', name],
          ['sync', name, '--json'],
        ]),
        ['dashboard'],
        ['dashboard', '--json'],
        ['auth', 'doctor', '--explain'],
      ]) {
        const { stdout, stderr } = await world.run(words, {
          cwd: world.project,
          env: { ...ENVIRONMENT, ...HOSTED },
        });
        expect(stdout).not.toBe('');
        seen.add(words.join(' '), stdout + stderr);
      }
      seen.add('saved facts', readFileSync(facts, 'utf8'));
      seen.add('view', (await world.ask(9237, { path: '/api/view', seconds: 30 })).body);
      for (const words of [
        ['auth', 'doctor', '--reset', '--json'],
        ['sync', 'stop', '--json'],
        ['dashboard', '--stop', '--json'],
      ]) {
        const { stdout, stderr } = await world.run(words, { cwd: world.project });
        seen.add(words.join(' '), stdout + stderr);
      }
      for (const [path, text] of writtenSince(before, filesBelow(world.root, world.project))) {
        // A rotated journal keeps its content, and is as private as before.
        if (!path.endsWith('.jsonl.1')) seen.add(path, text);
      }
      expect(seen.of('9401')).toContain('view');
      const found = marksMade().map((name) => [name, seen.of(mark(name))] as const);
      expect(found.filter(([, channels]) => channels.length > 0)).toEqual([]);
      expect(found.length).toBeGreaterThan(FILES.length);
    },
    120_000,
  );
});
