import { isAbsolute } from 'node:path';
import type { Observer } from '../machine/machine.js';
import { type Environment } from '../machine/runtime.js';
import {} from '../model/product.js';

export type RuntimeRoot =
  | { readonly ok: true; readonly path: string }
  | { readonly ok: false; readonly message: string; readonly remedy: string };

/**
 * The runtime root: `SPEC_KITTY_HOME` as it stands when set and non-empty, else `~/.spec-kitty` (docs/released-daemons.md).
 * Windows calls the home directory `USERPROFILE`. A value that is not UTF-8 names a folder to Python and none to us.
 */
export function runtimeRoot(observer: Observer, environment: Environment): RuntimeRoot {
  const { SPEC_KITTY_HOME: root, HOME, USERPROFILE } = environment;
  if (root) return rootAt(observer, 'SPEC_KITTY_HOME', root, root);
  const home = observer.platform.isWindows ? (HOME ?? USERPROFILE) : HOME;
  if (home && isAbsolute(home)) return rootAt(observer, 'HOME', home, `${home}/.spec-kitty`);
  return unusable(
    home
      ? `HOME is \`${home}\`, which is no absolute path`
      : 'HOME is not set, so there is no runtime root to look after',
  );
}

function rootAt(observer: Observer, variable: string, value: string, root: string): RuntimeRoot {
  if (value.includes('\uFFFD')) return unusable(`${variable} is not UTF-8`);
  const path = observer.files.absolutePath(root);
  return path.ok ? { ok: true, path: path.value } : unusable(`${variable} is \`${value}\`: ${path.why}`);
}

function unusable(message: string): RuntimeRoot {
  return { ok: false, message, remedy: 'set HOME, or SPEC_KITTY_HOME to the runtime root' };
}
