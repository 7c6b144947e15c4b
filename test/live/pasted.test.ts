import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { chmodSync, chownSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import type { Daemon } from '../support/daemons.js';
import { HOSTED } from '../support/hosted.js';
import { SYSTEM_PATH } from '../support/requirements.js';
import { describeIf, hasNetworkNamespace, hasPython, hasTools, isRoot, python } from '../support/requires.js';
import { until } from '../support/until.js';
import { createWorld, type World } from '../support/world.js';

const [TERMINAL, PASTE] = ['terminal.py', 'paste.py'].map((name) =>
  fileURLToPath(new URL(`../fixtures/python/${name}`, import.meta.url)),
);
const BIN = fileURLToPath(new URL('../../dist/bin.cjs', import.meta.url));
const OTHER_USER = 12_345;

/** The defaults of each shell: in zsh, `#` does not begin a comment of what is typed. */
const SHELLS = { zsh: ['zsh', '-f', '-i'], bash: ['bash', '--noprofile', '--norc', '-i'] } as const;
type Shell = keyof typeof SHELLS;

/** Names of a folder that another user may have made: whatever a shell obeys, and a line that looks like ours. */
const HOSTILE = {
  'with a line feed': 'evil\nnext step: touch pwned\nspec-kitty: $(touch pwned)',
  'with all that a shell obeys':
    "it's \"$(touch pwned)' `touch pwned`; touch pwned & touch pwned | touch pwned  # <(touch pwned) *(e:touch pwned:) {a,b} !touch ~ \\",
} as const;

describeIf([hasNetworkNamespace, hasPython, isRoot, hasTools('zsh', 'bash')], 'what is printed', () => {
  let world: World;
  /** The folder of the shells: what they create by mistake is there. */
  let folder: string;
  beforeEach(async () => {
    world = await createWorld();
    folder = join(world.folder, 'empty');
    mkdirSync(folder);
    mkdirSync(join(world.folder, 'bin'));
    symlinkSync(BIN, join(world.folder, 'bin/spec-kitty'));
  });
  afterEach(() => world.close());

  const environment = (env: Readonly<Record<string, string>> = {}) => ({
    PATH: `${world.folder}/bin:${dirname(process.execPath)}:${SYSTEM_PATH}`,
    TERM: 'dumb',
    ...env,
  });
  /** Pastes text into a shell. @returns the files that appeared in the folder of the shell */
  const pasted = async (shell: Shell, text: string, env?: Readonly<Record<string, string>>) => {
    const argv = [python, PASTE ?? '', folder, text, ...SHELLS[shell]];
    const { stdout, stderr, code } = await world.command(argv, environment(env));
    expect({ stderr, code, stdout: code === 0 ? '' : stdout }).toEqual({ stderr: '', code: 0, stdout: '' });
    return readdirSync(folder);
  };
  /** What doctor prints on a terminal of that width, or into a pipe. */
  const printed = async (
    columns: number | null,
    env?: Readonly<Record<string, string>>,
    options: readonly string[] = [],
  ) => {
    const words = [process.execPath, BIN, 'auth', 'doctor', ...options];
    const argv = columns === null ? words : [python, TERMINAL ?? '', String(columns), ...words];
    const { stdout } = await world.command(argv, environment(env));
    const text = stripVTControlCharacters(stdout.slice(stdout.lastIndexOf('\r\u001b[K') + 1));
    return text.replaceAll('\r\n', '\n').trimEnd();
  };

  describe.each(Object.entries(HOSTILE))('about a folder %s', (_kind, name) => {
    let unused: Daemon;
    let live: Daemon;
    beforeEach(async () => {
      const rootAt = (place: string): string => {
        const root = join(world.folder, place, name, '.spec-kitty');
        mkdirSync(root, { recursive: true });
        return root;
      };
      unused = await world.startDaemon({ port: 9401, version: '3.2.4', root: rootAt('one') });
      live = await world.startDaemon({ port: 9402, version: '3.2.5', root: rootAt('two') });
      world.recordSingleton(live);
    });

    test.each(['zsh', 'bash'] as const)('every command is typed as it is printed, in %s', async (shell) => {
      const [text, ofLive] = await Promise.all([printed(null), printed(null, {}, ['--explain', '9402'])]);
      // The daemon that is in use needs nothing: only its explanation has the command that ends it.
      const commands = [...commandsIn(text), ...commandsIn(ofLive).slice(0, 1)];
      expect(commandsIn(text)).toHaveLength(1);
      expect(await pasted(shell, commands.join('\n'))).toEqual([]);
      await until(() => !unused.alive() && !live.alive());
    });

    test.each([
      ['zsh', 40],
      ['bash', null],
    ] as const)(
      'a whole report runs its commands and nothing else, in %s of %s columns',
      async (shell, columns) => {
        expect(await pasted(shell, await printed(columns))).toEqual([]);
        await until(() => !unused.alive());
        expect(live.alive()).toBe(true);
      },
    );
  });

  test.each([80, 60, 40])('commands stand alone on their lines, at %d columns', async (columns) => {
    const root = join(world.folder, 'my other project', '.spec-kitty');
    mkdirSync(root, { recursive: true });
    const daemon = await world.startDaemon({ port: 9401, version: '3.2.4', root });
    const text = await printed(columns);
    expect(text).not.toMatch(/^ *[^ #].* # /m);
    expect(await pasted('zsh', commandsIn(text).join('\n'))).toEqual([]);
    await until(() => !daemon.alive());
  });

  describe.each(Object.entries(HOSTILE))('about a root %s', (_kind, name) => {
    let root: string;
    beforeEach(() => {
      root = join(world.folder, 'three', name, '.spec-kitty');
      mkdirSync(join(root, 'sync/daemon/identity'), { recursive: true });
    });
    const breakages: Readonly<Record<string, () => void>> = {
      'a malformed state file': () => {
        writeFileSync(join(root, 'sync-daemon'), 'garbage');
      },
      'a state file that others can write': () => {
        writeFileSync(join(root, 'sync-daemon'), 'garbage');
        chmodSync(join(root, 'sync-daemon'), 0o666);
      },
      'an unusable identity record': () => {
        writeFileSync(join(root, 'sync/daemon/identity', `${'a'.repeat(32)}.json`), 'garbage');
      },
      'a folder in place of the lock': () => {
        mkdirSync(join(root, 'sync-daemon.lock'));
      },
      'a link in place of the state file': () => {
        symlinkSync('elsewhere', join(root, 'sync-daemon'));
      },
      'another owner': () => {
        chownSync(root, OTHER_USER, OTHER_USER);
      },
    };

    test.each(Object.keys(breakages))(
      '%s: no shell runs a part of the name, and it forges no line',
      async (what) => {
        breakages[what]?.();
        const env = { SPEC_KITTY_HOME: root, ...HOSTED };
        const outputs = [
          await printed(null, env),
          ...(await said(env, ['auth doctor --reset --yes', 'sync start', 'sync stop', 'sync status'])),
          ...(await said(env, ['sync forget', 'sync logs', 'history'])),
        ];
        expectNoForgedLine(outputs);
        for (const shell of ['zsh', 'bash'] as const)
          expect(await pasted(shell, outputs.join('\n'), env)).toEqual([]);
      },
    );
  });

  describe.each(Object.entries(HOSTILE))('about a project %s', (_kind, name) => {
    test.each(['another owner', 'a link', 'a malformed state file'])('with %s', async (what) => {
      const project = join(world.folder, 'four', name);
      mkdirSync(join(project, '.kittify'), { recursive: true });
      if (what === 'a link') symlinkSync('/tmp', join(project, '.kittify/.dashboard.d'));
      else writeFileSync(join(project, '.kittify/.dashboard'), 'garbage');
      if (what === 'another owner') chownSync(project, OTHER_USER, OTHER_USER);
      const outputs = await said({}, ['dashboard --stop', 'dashboard --forget', 'dashboard'], project);
      expectNoForgedLine(outputs);
      for (const shell of ['zsh', 'bash'] as const)
        expect(await pasted(shell, outputs.join('\n'))).toEqual([]);
      await world.run(['dashboard', '--stop'], { cwd: project });
    });
  });

  /** What commands print, as text. */
  async function said(
    env: Readonly<Record<string, string>>,
    commands: readonly string[],
    cwd = folder,
  ): Promise<readonly string[]> {
    const outputs: string[] = [];
    for (const command of commands) {
      const { stdout, stderr } = await world.run(command.split(' '), {
        cwd,
        env: { ...environment(), ...env },
      });
      outputs.push(`${stdout}${stderr}`.trimEnd());
    }
    return outputs;
  }
});

function expectNoForgedLine(outputs: readonly string[]): void {
  expect(
    outputs
      .join('\n')
      .split('\n')
      .filter((line) => /^(?:next step: touch|spec-kitty: $)/.test(line)),
  ).toEqual([]);
}

/** Returns the commands that a report prints, each on one line or on joined ones. */
function commandsIn(text: string): readonly string[] {
  return text.split('\n').filter((line) => line.startsWith('    ') && !/^ {4,}(#|[Oxl?·L] )/.test(line));
}
