import { expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandTree, completionScript, SHELLS } from '../../src/cli/completion.js';
import { buildProgram } from '../../src/cli/program.js';
import { machine } from '../support/local-machine.js';
import { describeIf, hasTools, SYSTEM_PATH } from '../support/requires.js';

const tree = commandTree(buildProgram(machine, { exitWith: () => undefined, writeHelp: () => undefined }));

/** The completions of a command line whose last word is incomplete. */
const CASES: readonly (readonly [line: string, offers: readonly string[]])[] = [
  ['spec-kitty a', ['auth']],
  ['spec-kitty auth ', ['doctor']],
  ['spec-kitty sync st', ['start', 'status', 'stop']],
  ['spec-kitty auth doctor --re', ['--reset']],
  ['spec-kitty auth doctor --reset --only s', ['safe_auto']],
  ['spec-kitty auth doctor --reset my', []],
  ['spec-kitty auth doctor --format o', ['openmetrics']],
  ['spec-kitty auth doctor --policy my', ['my-policy.yaml']],
  ['spec-kitty policy check my', ['my-policy.yaml']],
  ['spec-kitty policy diff --fail-on ', ['changed', 'loosened', 'none']],
  ['spec-kitty completion ', [...SHELLS].sort()],
  ['spec-kitty do', ['doctor']],
  ['spec-kitty st', ['status']],
  ['spec-kitty h', ['help', 'history']],
  ['spec-kitty history --j', ['--json']],
  ['spec-kitty sync l', ['logs']],
  ['spec-kitty auth doctor --q', ['--quiet']],
  ['spec-kitty doctor --re', ['--reset']],
  ['spec-kitty status --j', ['--json']],
  ['spec-kitty help sync st', ['start', 'status', 'stop']],
  ['spec-kitty help doctor --rese', ['--reset']],
];

/** Runs a shell in a folder with one file. @returns the lines that it prints */
function offersIn(argv: readonly [string, ...string[]], program = tree): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'spec-kitty-completion-'));
  try {
    writeFileSync(join(folder, 'my-policy.yaml'), '');
    for (const shell of SHELLS) writeFileSync(join(folder, shell), completionScript(shell, program));
    const [command, ...words] = argv;
    const { stdout, stderr } = spawnSync(command, words, {
      cwd: folder,
      encoding: 'utf8',
      env: { PATH: SYSTEM_PATH, HOME: folder, TERM: 'dumb' },
      timeout: 10_000,
    });
    expect(stderr).toBe('');
    return stdout
      .split(/\r?\n/)
      .map((line) => line.trim())
      .filter((line) => line !== '' && line !== '--help');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describeIf([hasTools('bash')], 'bash completes', () => {
  test.each(CASES)('%s', (line, offers) => {
    const words = line.split(' ').map((word) => `'${word}'`);
    const script = `source ./bash; COMP_WORDS=(${words.join(' ')}); COMP_CWORD=${words.length - 1}; _spec_kitty; printf '%s\\n' "\${COMPREPLY[@]}"`;
    expect(offersIn(['bash', '--norc', '-c', script]).toSorted()).toEqual(offers);
  });
});

describeIf([hasTools('fish')], 'fish completes', () => {
  test.each(CASES)('%s', (line, offers) => {
    const lines = offersIn(['fish', '--no-config', '-c', `source ./fish; complete -C '${line}'`]);
    // fish adds `--help` by itself.
    const words = lines.map((text) => text.split('\t')[0] ?? '').filter((word) => word !== '--help');
    expect(words.toSorted()).toEqual(offers);
  });
});

describeIf([hasTools('fish')], 'fish shows', () => {
  test('a description with quotes and backslashes', () => {
    const description = String.raw`it's a \ sign`;
    const child = {
      ...tree,
      path: 'odd',
      name: 'odd',
      description,
      options: [],
      commands: [],
      arguments: [],
    };
    const program = { ...tree, commands: [child] };
    const lines = offersIn(
      ['fish', '--no-config', '-c', "source ./fish; complete -C 'spec-kitty o'"],
      program,
    );
    expect(lines).toEqual([`odd\t${description}`]);
  });
});

describeIf([hasTools('zsh')], 'zsh completes', () => {
  test.each(CASES)('%s', (line, offers) => {
    const words = line.split(' ').map((word) => `'${word}'`);
    // zsh has these functions only in its line editor: stand-ins print their arguments.
    const script = `
      compdef() { : }
      compadd() { shift; print -l -- "$@" }
      _describe() { print -l -- "\${offers[@]%%:*}" }
      _files() { print -l -- * }
      source ./zsh
      words=(${words.join(' ')}); CURRENT=${words.length}
      _spec_kitty`;
    const typed = line.split(' ').at(-1) ?? '';
    const all = offersIn(['zsh', '-f', '-c', script]);
    expect(
      all
        .filter((word) => word.startsWith(typed) && !word.startsWith('-') === !typed.startsWith('-'))
        .toSorted(),
    ).toEqual(offers);
  });
});

test('the scripts offer only options that the program has', () => {
  const names = new Set(
    SHELLS.map((shell) => completionScript(shell, tree)).flatMap((text) => text.match(/--[a-z-]+/g) ?? []),
  );
  const known = JSON.stringify(tree);
  for (const name of names) if (name !== '--') expect(known).toContain(name);
});
