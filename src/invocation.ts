import { delimiter, dirname, join } from 'node:path';
import type { Observer } from './machine/machine.js';
import { PROGRAM_NAME } from './model/product.js';
import { shellQuote } from './text/terminal.js';

export interface ProgramName {
  /** What a printed command must start with to run this very program. */
  readonly invocation: string;
  /** Path of another program named `spec-kitty` that comes first on the PATH, such as the Python CLI; or null. */
  readonly other: string | null;
}

/**
 * Determines what a user types, in the current folder, to run this very program: its name if the PATH leads to it, `npx`
 * if the project of this folder has it, else its path. The plain name in `npx` would make npx download and run whatever
 * a registry has under that name.
 */
export function thisProgram(observer: Observer): ProgramName {
  const path = observer.files.packagePath('dist/bin.cjs');
  const ours = realPath(observer, path);
  const found = firstOnPath(observer, PROGRAM_NAME);
  if (found !== null && found.target === ours) return { invocation: PROGRAM_NAME, other: null };
  return {
    invocation: isInstalledHere(observer, ours) ? `npx --no -- ${PROGRAM_NAME}` : byPath(observer, path),
    other: found?.path ?? null,
  };
}

function byPath(observer: Observer, path: string): string {
  // Windows does not run a script by its first line, and its shells quote differently.
  return observer.platform.isWindows ? `node "${path}"` : shellQuote(path);
}

/** Whether npx finds this program in the project of the current folder: as its dependency, or because it is the project. */
function isInstalledHere(observer: Observer, ours: string | null): boolean {
  const folder = observer.self.workingDirectory();
  const project = folder === null ? null : nearestProject(observer, folder);
  if (project === null || ours === null) return false;
  const linked = join(project, 'node_modules/.bin', PROGRAM_NAME);
  if (observer.files.exists(linked)) return realPath(observer, linked) === ours;
  return join(project, 'dist/bin.cjs') === ours;
}

/** Returns the folder that npx takes for the project: the nearest one with a package.json or node_modules. */
function nearestProject(observer: Observer, folder: string): string | null {
  const has = (name: string): boolean => observer.files.exists(join(folder, name));
  if (has('package.json') || has('node_modules')) return folder;
  const parent = dirname(folder);
  return parent === folder ? null : nearestProject(observer, parent);
}

function firstOnPath(
  observer: Observer,
  name: string,
): { readonly path: string; readonly target: string } | null {
  for (const folder of foldersOnPath(observer)) {
    const candidate = join(folder, name);
    const target = observer.files.exists(candidate) ? realPath(observer, candidate) : null;
    if (target !== null && isProgram(observer, target)) return { path: candidate, target };
  }
  return null;
}

/** The folders on the PATH of the user's shell: npm and npx put further folders before these. */
function foldersOnPath({ self: { environment } }: Observer): readonly string[] {
  const folders = (environment['PATH'] ?? '').split(delimiter);
  if (environment['npm_config_user_agent'] === undefined) return folders;
  return folders.filter((folder) => !/[\\/](?:node_modules[\\/]\.bin|node-gyp-bin)$/.test(folder));
}

function isProgram(observer: Observer, path: string): boolean {
  const { isFile, mode } = observer.files.status(path);
  return isFile && (mode & 0o111) !== 0;
}

function realPath(observer: Observer, path: string): string | null {
  const found = observer.files.realPath(path);
  return found.ok ? found.value : null;
}
