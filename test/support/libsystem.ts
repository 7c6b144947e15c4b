import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { switchTo } from './namespace.js';
import { type PretendedPlatform, pretend } from './product.js';
import { hasNetworkNamespace, type Requirement, SYSTEM_PATH, unshareFlags } from './requirements.js';
import { describeIf } from './requires.js';
import type { Sandbox } from './sandbox.js';

/*
 * The Darwin machine on Linux: the product believes that it runs on macOS, and finds a library of ours
 * (fixtures/darwin/libsystem.c) where macOS has libSystem, in a mount namespace of its own.
 */

const SOURCE = fileURLToPath(new URL('../fixtures/darwin/libsystem.c', import.meta.url));
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/spec-kitty/', import.meta.url));
const PRETEND_DARWIN = new URL('pretend-darwin.mjs', import.meta.url).href;

/** A C compiler and the right to mount. */
export const hasLibSystem: Requirement = {
  met: hasNetworkNamespace.met && works('cc', '--version') && canMount(),
  missing: 'no C compiler, or no right to mount, for the stand-in of libSystem',
};

/** Of macOS before 14.2 there is a library without the signal for one incarnation of a process. */
type MacRelease = 'from_14.2' | 'before_14.2';

interface DarwinOptions {
  /** Whether acting on macOS is switched on. */
  readonly mayAct?: boolean;
}

/** From now on the product runs as on macOS, in all worlds of this test file. */
export function pretendDarwin(options: DarwinOptions = {}): void {
  pretend(darwin(options));
}

function darwin({ mayAct = true }: DarwinOptions): PretendedPlatform {
  return {
    preloaded: PRETEND_DARWIN,
    env: mayAct ? { SPEC_KITTY_EXPERIMENTAL_MACOS: '1' } : {},
    under: (sandbox, uid, hasHandles) => {
      const user = switchTo(uid);
      const folder = prepareFolder(sandbox, hasHandles ? 'from_14.2' : 'before_14.2');
      return [
        ...['unshare', '--mount', '--', 'sh', '-c', MOUNT, folder],
        ...(user.length === 0 ? [] : ['setpriv', ...user, '--']),
      ];
    },
  };
}

/** The product runs as on macOS, without koffi. */
export const WITHOUT_KOFFI = {
  NODE_OPTIONS: `--import=${new URL('hide-package.mjs?koffi', import.meta.url).href} --import=${PRETEND_DARWIN}`,
};

/** The file that names the faults of the library (see fixtures/darwin/libsystem.c). */
export const FAULTS_VARIABLE = 'SPEC_KITTY_TEST_FAULTS';

function prepareFolder({ folder }: Sandbox, release: MacRelease): string {
  const path = join(folder, `libsystem-${release}`);
  if (existsSync(path)) return path;
  mkdirSync(join(path, 'real'), { recursive: true });
  mkdirSync(join(path, 'lib'));
  copyFileSync(compiled(release), join(path, 'libsystem.so'));
  return path;
}

/**
 * Makes a copy of `/usr/lib` that has the library in it, of links to a second mount of the folder, and mounts it over the
 * folder.
 */
const MOUNT = `
set -e
mount --bind /usr/lib "$0/real"
mount -t tmpfs none "$0/lib"
ln -s "$0"/real/* "$0/lib/"
cp "$0/libsystem.so" "$0/lib/libSystem.B.dylib"
chmod 755 "$0/lib" "$0/lib/libSystem.B.dylib"
mount --bind "$0/lib" /usr/lib
exec "$@"`;

/** Compiles the library if its source has changed. @returns its path */
function compiled(release: MacRelease): string {
  const flags = release === 'before_14.2' ? ['-DBEFORE_14_2'] : [];
  const hash = createHash('sha256').update(readFileSync(SOURCE)).digest('hex').slice(0, 16);
  const path = join(CACHE, `libsystem-${hash}-${release}.so`);
  if (existsSync(path)) return path;
  mkdirSync(CACHE, { recursive: true });
  const made = `${path}.${process.pid}`;
  const words = ['-shared', '-fPIC', '-O2', '-Wall', '-Wextra', '-Werror', ...flags, '-o', made, SOURCE];
  const { status, stderr } = spawnSync('cc', words, { env: { PATH: SYSTEM_PATH }, encoding: 'utf8' });
  if (status !== 0) throw new Error(`the stand-in of libSystem cannot be compiled:\n${stderr}`);
  renameSync(made, path);
  return path;
}

function canMount(): boolean {
  return works('unshare', ...(unshareFlags ?? []), '--mount', '--', 'mount', '-t', 'tmpfs', 'none', '/mnt');
}

function works(command: string, ...words: readonly string[]): boolean {
  return spawnSync(command, words, { env: { PATH: SYSTEM_PATH } }).status === 0;
}

/** Runs the tests of a file of `test/live` through the Darwin machine. */
export async function throughDarwin(name: string, load: () => Promise<unknown>): Promise<void> {
  if (hasLibSystem.met) {
    pretendDarwin();
    await load();
  } else {
    describeIf([hasLibSystem], name, () => undefined);
  }
}
