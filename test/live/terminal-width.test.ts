import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdirSync, symlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { SYSTEM_PATH } from '../support/requirements.js';
import { describeIf, hasNetworkNamespace, hasPython, isRoot, python } from '../support/requires.js';
import { AS_USER } from '../support/terminal.js';
import { createWorld, type World } from '../support/world.js';

const TERMINAL = fileURLToPath(new URL('../fixtures/python/terminal.py', import.meta.url));
const BIN = fileURLToPath(new URL('../../dist/bin.cjs', import.meta.url));
const OTHER_USER = 12_345;
const SECRET = 'hunter2';
/** What a daemon may state as its version: wide characters, and a sequence that clears the screen. */
const HOSTILE_VERSION = '世界'.repeat(30) + '\u001b[2J\u202e';
const WIDTHS = [80, 60, 40] as const;
const INCIDENT = Array.from({ length: 18 }, (_, index) => 9401 + index);

describeIf([hasNetworkNamespace, hasPython, isRoot], 'a report on a terminal', () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
    await world.startIncident('quick');
    const root = `${world.folder}/${'世界'.repeat(12)}/.spec-kitty`;
    mkdirSync(root, { recursive: true });
    await world.startDaemon({
      port: 9425,
      version: '3.2.4',
      root,
      healthPatch: { package_version: HOSTILE_VERSION },
    });
    await world.startDaemon({ port: 9426, version: '3.2.3', uid: OTHER_USER });
    await world.startNodeServer(9430, [`--password=${SECRET}`, `/${SECRET}.js`]);
    await world.startPlainHttp(9431, { extraArguments: [SECRET] });
    mkdirSync(`${world.folder}/bin`);
    symlinkSync(BIN, `${world.folder}/bin/spec-kitty`);
  }, 60_000);
  afterAll(() => world.close());

  describe.each(WIDTHS)('of %d columns', (columns) => {
    test('has no line that is wider, and shows every port', async () => {
      const { shown, lines } = await on(columns, []);
      expect(tooWide(lines, columns)).toEqual([]);
      for (const port of ['9401–9418', '9425', '9426', '9430', '9431'])
        expect(lines.filter((line) => line.startsWith(`${port}  `))).toHaveLength(1);
      expect(shown).toContain('node server.js, ');
      expect(shown).not.toContain(SECRET);
    });

    test('says first what needs the user, and below the table first what to type for it', async () => {
      const { lines, commands } = await on(columns, []);
      expect(lines.slice(0, 2).join(' ')).toContain('Needs you: 18 orphans, 1 daemon to decide about.');
      expect(commands[0]).toBe('spec-kitty auth doctor --reset --only safe_auto');
      const marks = lines.flatMap((line) => /^[!-] /.exec(line)?.[0] ?? []);
      expect(marks).toEqual(marks.toSorted());
      expect(new Set(marks)).toEqual(new Set(['! ', '- ']));
    });

    test('has the commands of every other width, however they are broken', async () => {
      const [{ commands }, wide] = await Promise.all([on(columns, []), on(300, [])]);
      expect(commands).toEqual(wide.commands);
      expect(commands.length).toBeGreaterThan(1);
    });

    test('has a row for each listener with --all', async () => {
      const { shown, lines } = await on(columns, ['--all']);
      expect(tooWide(lines, columns)).toEqual([]);
      for (const port of [...INCIDENT, 9425, 9426, 9430, 9431])
        expect(lines.filter((line) => line.startsWith(`${port}  `))).toHaveLength(1);
      expect(shown).not.toContain('–');
    });

    test('has one line for equal entries of a dry run, with their ports and PIDs', async () => {
      const { lines } = await on(columns, ['--reset', '--dry-run']);
      expect(tooWide(lines, columns)).toEqual([]);
      const from = lines.findIndex((line) => line.startsWith('  9401-9418  18 processes  retire'));
      expect(
        lines
          .slice(from, from + 5)
          .join(' ')
          .replaceAll(/\s+/g, ' '),
      ).toMatch(/orphan, no longer in use \(PIDs \d/);
    });

    test.each([[['--explain']], [['--reset', '--dry-run', '--all']]])('fits %j', async (words) => {
      const { shown, lines } = await on(columns, words);
      expect(tooWide(lines, columns)).toEqual([]);
      for (const port of [...INCIDENT, 9425, 9426, 9430, 9431]) expect(shown).toContain(String(port));
    });

    test('gets no escape sequence of another process (pitfall 33)', async () => {
      const { text } = await on(columns, ['--all']);
      // eslint-disable-next-line no-control-regex -- these must not be in the output
      expect(text.replaceAll(/\u001b\[\d+m|\r\n/g, '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
    });
  });

  test('of 60 columns collapses equal listeners on adjacent ports into one row', async () => {
    const { lines } = await on(60, []);
    const row = lines.find((line) => line.startsWith('9401'))?.trimEnd() ?? '';
    expect(row.replaceAll(/ {2,}/g, '  ')).toMatch(/^9401–9418 {2}18 proven orphans {2}safe to retire$/);
  });

  test('that does not tell its width has lines for 80 columns', async () => {
    const [{ lines }, { lines: usual }] = await Promise.all([on(0, ['--explain']), on(80, ['--explain'])]);
    expect(lines).toEqual(usual);
  });

  test('is one row for each listener in a pipe', async () => {
    const { stdout } = await world.run(['auth', 'doctor']);
    for (const port of [...INCIDENT, 9425, 9426, 9430, 9431])
      expect(stdout.match(new RegExp(`^${port} .*$`, 'gm'))).toHaveLength(1);
  });

  test('of 40 columns lists each outcome of a reset (FR-005)', async () => {
    const { lines } = await on(40, ['--reset', '--only', 'safe_auto']);
    expect(tooWide(lines, 40)).toEqual([]);
    for (const ports of ['9401-9418', '9425', '9426', '9430', '9431'])
      expect(lines.filter((line) => line.startsWith(`  ${ports} `)).length).toBeGreaterThan(0);
  });

  test.each(WIDTHS)('of %d columns shows what was done, whole', async (columns) => {
    const { shown, lines } = await run(columns, ['history']);
    expect(tooWide(lines.slice(2), columns)).toEqual([]);
    for (const port of INCIDENT) expect(shown).toContain(` ${port} `);
    expect(shown.replaceAll(/\s+/g, ' ')).toContain(
      'retired when asked: orphan, no longer in use (auth doctor --reset)',
    );
  });

  test.each(WIDTHS)('of %d columns wraps the notes, examples and exit codes of a help', async (columns) => {
    for (const words of [[], ['auth', 'doctor'], ['sync', 'start'], ['history'], ['dashboard']]) {
      const { lines } = await run(columns, [...words, '--help']);
      const end = lines.slice(lines.findIndex((line) => line.startsWith('Options:')));
      const sections = end.slice(end.indexOf(''));
      expect(sections.join(' ')).toContain('Exit codes: 0');
      const isCommand = (line: string): boolean => line.startsWith('    spec-kitty ');
      expect(
        tooWide(
          sections.filter((line) => !isCommand(line)),
          columns,
        ),
      ).toEqual([]);
    }
  });

  function on(columns: number, words: readonly string[]) {
    return run(columns, ['auth', 'doctor', ...words]);
  }

  async function run(columns: number, words: readonly string[]) {
    const env = { ...AS_USER, PATH: `${world.folder}/bin:${SYSTEM_PATH}` };
    const program = [process.execPath, BIN, ...words];
    const { stdout: text } = await world.command([python, TERMINAL, String(columns), ...program], env);
    const shown = stripVTControlCharacters(text.slice(text.lastIndexOf('\r\u001b[K') + 1));
    const lines = shown.split('\r\n').slice(0, -1);
    return { text, shown, lines, commands: commandsIn(lines) };
  }
});

describeIf([hasNetworkNamespace, hasPython, isRoot], "another user's daemon alone", () => {
  test('needs nothing, in words and on the port map', async () => {
    const world = await createWorld();
    try {
      await world.startDaemon({ port: 9426, version: '3.2.3', uid: OTHER_USER });
      const { code, stdout } = await world.run(['auth', 'doctor']);
      expect({ code, stdout }).toEqual({
        code: 0,
        stdout: expect.stringMatching(/^Nothing needs attention\./),
      });
      expect(stdout).not.toMatch(/needs you|you decide/i);
      expect(stdout).toContain('x not ours');
      expect(stdout).toMatch(/^9426 {2}another user's daemon .* leave alone/m);
    } finally {
      await world.close();
    }
  });
});

/** Returns the lines that take more columns than the terminal has. The only wide characters here are 世 and 界. */
function tooWide(lines: readonly string[], columns: number): readonly string[] {
  return lines.filter((line) => line.length + (line.match(/[世界]/g)?.length ?? 0) > columns);
}

/** Returns the commands to type, as a shell reads them. */
function commandsIn(lines: readonly string[]): readonly string[] {
  return lines
    .filter((line) => line.startsWith('    ') && !/^ {4,}(#|[Oxl?·L] )/.test(line))
    .join('\n')
    .replaceAll(/ \\\n +/g, ' ')
    .split('\n')
    .map((line) => line.trim());
}
