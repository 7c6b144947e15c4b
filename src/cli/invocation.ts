import { existsSync, realpathSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export interface ProgramName {
  /** What a printed command must start with to run this program. */
  readonly invocation: 'spec-kitty' | 'npx spec-kitty';
  /** Another program of that name that comes first on the PATH (the Python CLI, say), or null. */
  readonly other: string | null;
}

/** Finds out what a user types to get this program and no other of its name. */
export function programName(environment: NodeJS.ProcessEnv, ourScript: string): ProgramName {
  const found = firstOnPath('spec-kitty', environment['PATH'] ?? '');
  const isOurs =
    found !== null && found.target.endsWith('/dist/bin.cjs') && found.target.includes('spec-kitty');
  const isThisOne = found !== null && found.target === realPath(ourScript);
  const byNpx = environment['npm_command'] === 'exec';
  return {
    invocation: (isOurs || isThisOne) && !byNpx ? 'spec-kitty' : 'npx spec-kitty',
    other: found !== null && !isOurs && !isThisOne ? found.path : null,
  };
}

function firstOnPath(name: string, path: string): { readonly path: string; readonly target: string } | null {
  for (const folder of path.split(delimiter)) {
    const candidate = join(folder, name);
    const target = existsSync(candidate) ? realPath(candidate) : null;
    if (target !== null && isProgram(target)) return { path: candidate, target };
  }
  return null;
}

function isProgram(path: string): boolean {
  const status = statSync(path);
  return status.isFile() && (status.mode & 0o111) !== 0;
}

function realPath(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}
