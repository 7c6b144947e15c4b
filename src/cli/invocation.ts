import { delimiter, join } from 'node:path';
import type { Observer } from '../machine/machine.js';
import type { Environment } from '../machine/runtime.js';
import type { Failure } from './output.js';

export interface ProgramName {
  /** What a printed command must start with to run this program. */
  readonly invocation: 'spec-kitty' | 'npx spec-kitty';
  /** Path of another program named `spec-kitty` that comes first on the PATH, such as the Python CLI; or null. */
  readonly other: string | null;
}

/** Determines what a user types to run this very program. */
export function thisProgram(observer: Observer): ProgramName {
  const { environment, commandLine } = observer.self;
  return programName(observer, environment, commandLine[1] ?? '');
}

/** Determines what a user types to run the program in `ourScript`, and no other program named `spec-kitty`. */
export function programName(observer: Observer, environment: Environment, ourScript: string): ProgramName {
  const found = firstOnPath(observer, 'spec-kitty', environment['PATH'] ?? '');
  const isOurs =
    found !== null && found.target.endsWith('/dist/bin.cjs') && found.target.includes('spec-kitty');
  const isThisOne = found !== null && found.target === realPath(observer, ourScript);
  const byNpx = environment['npm_command'] === 'exec';
  return {
    invocation: (isOurs || isThisOne) && !byNpx ? 'spec-kitty' : 'npx spec-kitty',
    other: found !== null && !isOurs && !isThisOne ? found.path : null,
  };
}

function firstOnPath(
  observer: Observer,
  name: string,
  path: string,
): { readonly path: string; readonly target: string } | null {
  for (const folder of path.split(delimiter)) {
    const candidate = join(folder, name);
    const target = observer.files.exists(candidate) ? realPath(observer, candidate) : null;
    if (target !== null && isProgram(observer, target)) return { path: candidate, target };
  }
  return null;
}

function isProgram(observer: Observer, path: string): boolean {
  const { isFile, mode } = observer.files.status(path);
  return isFile && (mode & 0o111) !== 0;
}

function realPath(observer: Observer, path: string): string | null {
  const found = observer.files.realPath(path);
  return found.ok ? found.value : null;
}

/**
 * Returns why daemons cannot be stopped on this platform; null if they can be stopped. On other platforms than Linux no
 * process is proven to be a daemon.
 */
export function whyNotStoppedHere(observer: Observer, invocation: string): Failure | null {
  if (observer.platform.canAct) return null;
  return {
    message: `daemons are stopped on Linux only; this is ${observer.platform.name}`,
    remedy: `\`${invocation} auth doctor\` shows them`,
  };
}
