import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../../dist/bin.cjs', import.meta.url));

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A temporary folder in which built `policy` commands run. They read only files, so they need no namespace. */
export function policyFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'spec-kitty-policy-'));
  const run = (
    argv: readonly string[],
    path = process.env['PATH'] ?? '',
    environment: Readonly<Record<string, string>> = {},
  ): CommandResult => {
    const [program = '', ...words] = argv;
    const env = { HOME: folder, PATH: path, NO_COLOR: '1', GIT_CONFIG_NOSYSTEM: '1', ...environment };
    const { status, stdout, stderr } = spawnSync(program, words, { cwd: folder, encoding: 'utf8', env });
    return { code: status, stdout, stderr };
  };
  return {
    write: (name: string, text: string): void => {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    },
    run,
    /** Runs `spec-kitty policy …`. */
    policy: (
      words: readonly string[],
      path?: string,
      environment?: Readonly<Record<string, string>>,
    ): CommandResult => run([process.execPath, BIN, 'policy', ...words], path, environment),
    /** As `policy`, in a folder of this one. */
    policyIn: (at: string, words: readonly string[]): CommandResult =>
      run(['sh', '-c', 'cd "$0" && exec "$@"', at, process.execPath, BIN, 'policy', ...words]),
    path: folder,
    /** Commits all files. */
    commit: (): void => {
      const identity = ['-c', 'user.name=test', '-c', 'user.email=test@localhost'];
      for (const words of [
        ['init', '-q', '-b', 'main'],
        ['add', '-A'],
        [...identity, 'commit', '-q', '--allow-empty', '-m', 'test'],
      ]) {
        const { code, stderr } = run(['git', ...words]);
        if (code !== 0) throw new Error(`git ${words.join(' ')}: ${stderr}`);
      }
    },
    close: (): void => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export type PolicyFolder = ReturnType<typeof policyFolder>;
