import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdirSync, readdirSync } from 'node:fs';
import type { RunOptions } from '../support/product.js';
import { describeIf, hasNetworkNamespace, hasPython, isRoot } from '../support/requires.js';
import { HOSTED, readyDaemon, sync } from '../support/sync.js';
import { createWorld, type World } from '../support/world.js';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.close());

/** Commands that use the runtime root. */
const COMMANDS: readonly (readonly string[])[] = [
  ['auth', 'doctor'],
  ['auth', 'doctor', '--reset'],
  ['sync', 'now'],
  ['sync', 'start'],
  ['sync', 'status'],
  ['sync', 'stop'],
  ['dashboard'],
];

/** Runs a command in a shell that first runs `script`; `J\xf6rg` is `$NAME` there. */
const after = (script: string): readonly string[] => [
  'sh',
  '-c',
  `NAME=$(printf 'J\\366rg'); ${script}; exec "$@"`,
  'sh',
];

describeIf([hasNetworkNamespace], 'a path that is not UTF-8', () => {
  /** All names in a folder, with their bytes in hexadecimal if they are not ASCII. */
  const namesIn = (folder: string): readonly string[] =>
    readdirSync(folder, { encoding: 'buffer' })
      .map((name) => (/^[ -~]*$/.test(name.toString('latin1')) ? name.toString() : name.toString('hex')))
      .sort();
  const NAME = Buffer.from('J\xf6rg', 'latin1').toString('hex');

  test.each(COMMANDS)(
    'in HOME: `%s %s %s` refuses with exit code 2, and creates nothing (pitfall 28)',
    async (...words) => {
      const under = after('mkdir -p "$HOME/$NAME"; export HOME="$HOME/$NAME"');
      const { code, stdout, stderr } = await world.run(words, { env: HOSTED, under, cwd: world.project });
      expect({ code, stdout, stderr }).toEqual({
        code: 2,
        stdout: '',
        stderr:
          'spec-kitty: the path in HOME is not UTF-8\nnext step: set SPEC_KITTY_HOME to the absolute path of a folder whose name is UTF-8\n',
      });
      expect([namesIn(world.home), namesIn(`${world.project}/.kittify`)]).toEqual([[NAME], []]);
    },
  );

  test.each(COMMANDS)(
    'in SPEC_KITTY_HOME: `%s %s %s` refuses with exit code 2, and creates nothing',
    async (...words) => {
      const under = after('export SPEC_KITTY_HOME="$HOME/$NAME"');
      const { code, stderr } = await world.run(words, { env: HOSTED, under, cwd: world.project });
      expect({ code, stderr }).toEqual({
        code: 2,
        stderr: expect.stringContaining('the path in SPEC_KITTY_HOME is not UTF-8'),
      });
      expect(namesIn(world.home)).toEqual([]);
    },
  );

  test('the printed step helps: SPEC_KITTY_HOME with a name in UTF-8', async () => {
    const under = after('export HOME="$HOME/$NAME" SPEC_KITTY_HOME="$HOME/root"');
    expect(readyDaemon(await sync(world, 'start', { under }))).toMatchObject({ how: 'started' });
    expect(namesIn(world.home)).toEqual(['root']);
  });

  test('--json prints the error as one document', async () => {
    const { code, json } = await world.run(['sync', 'now', '--json'], {
      under: after('export HOME="$HOME/$NAME"'),
    });
    expect({ code, document: json() }).toMatchObject({
      code: 2,
      document: { error: { message: 'the path in HOME is not UTF-8' } },
    });
  });

  test('a name that really contains U+FFFD is used', async () => {
    const home = `${world.home}/J\uFFFDrg`;
    mkdirSync(home);
    expect(readyDaemon(await sync(world, 'start', { env: { HOME: home } }))).toMatchObject({
      how: 'started',
    });
    expect(namesIn(home)).toEqual(['.spec-kitty']);
  });

  test('a relative SPEC_KITTY_HOME in such a folder is refused', async () => {
    const under = after('mkdir -p "$HOME/$NAME"; cd "$HOME/$NAME"; export SPEC_KITTY_HOME=root');
    const { code, stderr } = await world.run(['sync', 'start'], { env: HOSTED, under });
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining('SPEC_KITTY_HOME is root, which is not an absolute path'),
    });
    expect(namesIn(world.home)).toEqual([NAME]);
  });

  test.each([
    ['HOME', 'link', 'export HOME="$HOME/link"'],
    ['the root', '.spec-kitty', ':'],
  ])(
    'a link to such a folder in place of %s is refused, and nothing is created',
    async (_what, link, script) => {
      const under = after(`mkdir "$HOME/$NAME"; ln -s "$NAME" "$HOME/${link}"; ${script}`);
      const { code, stderr } = await world.run(['sync', 'start'], { env: HOSTED, under });
      expect({ code, stderr }).toEqual({
        code: 2,
        stderr: expect.stringContaining('a link leads to a path that is not UTF-8'),
      });
      expect([namesIn(world.home), namesIn(`${world.home}/${link}`)]).toEqual([[link, NAME].sort(), []]);
    },
  );

  describe('of a project', () => {
    const project = 'mkdir -p "$HOME/$NAME/.kittify/deep"; cd "$HOME/$NAME/.kittify/deep"';

    test.each([[[]], [['--stop']]])(
      '`dashboard %s` refuses with exit code 2, and creates nothing',
      async (words) => {
        const { code, stderr } = await world.run(['dashboard', ...words], { under: after(project) });
        expect({ code, stderr }).toEqual({
          code: 2,
          stderr: `spec-kitty: the path of this project is not UTF-8: ${world.home}/J\uFFFDrg\nnext step: give the folder a name in UTF-8 (mv), and run it there\n`,
        });
        expect(namesIn(world.home)).toEqual([NAME]);
      },
    );

    test('the printed step helps', async () => {
      const under = after(`${project}; mv "$HOME/$NAME" "$HOME/renamed"`);
      expect(await world.run(['dashboard'], { under })).toMatchObject({ code: 0, stderr: '' });
    });

    test('a folder whose name really contains U+FFFD is no other folder of that look', async () => {
      const lookalike = `mkdir -p "$HOME/J\uFFFDrg/.kittify" "$HOME/$NAME"; cd "$HOME/$NAME"`;
      const { code, stderr } = await world.run(['dashboard'], { under: after(lookalike) });
      expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('`.kittify` folder') });
      const { code: there } = await world.run(['dashboard'], { cwd: `${world.home}/J\uFFFDrg` });
      expect(there).toBe(0);
    });

    test('a project with a name in UTF-8 is found from a folder below it whose name is not UTF-8', async () => {
      const under = after(`mkdir -p "${world.project}/$NAME"; cd "${world.project}/$NAME"`);
      const { code, json } = await world.run(['dashboard', '--json'], { under });
      expect({ code, report: json() }).toMatchObject({ code: 0, report: { project: world.project } });
    });
  });
});

describeIf([hasNetworkNamespace, hasPython, isRoot], 'HOME is not set', () => {
  const withEntry = (home: string): RunOptions => ({
    unsetHome: true,
    passwd: `root:x:0:0:root:${home}:/bin/sh\n`,
  });
  const WITHOUT_ENTRY: RunOptions = { unsetHome: true, passwd: 'other:x:12345:12345::/:/bin/sh\n' };

  test('the home folder of the user database is used, as Python does', async () => {
    const options = withEntry(`${world.folder}/home`);
    const { json } = await world.run(['auth', 'doctor', '--json'], options);
    expect(json()).toMatchObject({ scope: { root: world.root } });
    expect(readyDaemon(await sync(world, 'start', options))).toMatchObject({ how: 'started' });
    // With HOME the same root is found.
    expect(readyDaemon(await sync(world, 'start'))).toMatchObject({ how: 'reused' });
  });

  test.each(COMMANDS.filter(([group]) => group !== 'dashboard'))(
    'no entry in the user database: `%s %s %s` says so, and what to do',
    async (...words) => {
      const { stderr, code } = await world.run(words, { ...WITHOUT_ENTRY, env: HOSTED });
      expect(stderr).toBe(
        'spec-kitty: HOME is not set, and the user database has no entry for user 0\nnext step: set HOME to the absolute path of your home folder\n',
      );
      // A daemon that cannot be started does not fail `sync now` (C-004).
      expect(code).toBe(words[1] === 'now' ? 0 : words[1] === 'start' ? 1 : 2);
    },
  );

  test('an entry that is not UTF-8 is refused', async () => {
    // The mounted file is written again in place, with other bytes.
    const script = `printf 'root:x:0:0::${world.home}/J\\366rg:/bin/sh\\n' > /etc/passwd`;
    const options = { ...withEntry(world.home), env: HOSTED, under: after(script) };
    const { code, stderr } = await world.run(['sync', 'start'], options);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining('the home folder in the user database is not UTF-8'),
    });
    expect(readdirSync(world.home)).toEqual([]);
  });

  test.each(['unset HOME', 'export HOME='])('`%s`: the root is the one that Python finds', async (script) => {
    const passwd = withEntry(world.home).passwd ?? '';
    const { json } = await world.run(['auth', 'doctor', '--json'], { passwd, under: after(script) });
    const python = await world.command([
      ...['unshare', '--mount', '--', 'sh', '-c'],
      `mount --bind ${world.folder}/passwd /etc/passwd && ${script} && exec python3 -I -c 'import pathlib; print(pathlib.Path.home() / ".spec-kitty")'`,
    ]);
    expect(json()).toMatchObject({ scope: { root: python.stdout.trim() } });
  });
});
