import { isAbsolute } from 'node:path';
import type { Observer } from '../machine/machine.js';
import { type Environment } from '../machine/runtime.js';

export type RuntimeRoot =
  | { readonly ok: true; readonly path: string }
  | { readonly ok: false; readonly message: string; readonly remedy: string };

/**
 * Determines the runtime root: `SPEC_KITTY_HOME` verbatim if set and non-empty, else `~/.spec-kitty`
 * (docs/released-daemons.md). On Windows without `HOME`, `USERPROFILE` names the home directory. A value that is not
 * UTF-8 is an error: Python accepts such a path, and Node cannot represent it.
 */
export function runtimeRoot(observer: Observer, environment: Environment): RuntimeRoot {
  const { SPEC_KITTY_HOME: root, HOME, USERPROFILE } = environment;
  if (root) return rootAt(observer, 'SPEC_KITTY_HOME', root, root);
  const home = observer.platform.isWindows ? (HOME ?? USERPROFILE) : HOME;
  if (home && isAbsolute(home)) return rootAt(observer, 'HOME', home, `${home}/.spec-kitty`);
  return unusable(
    home
      ? `HOME is \`${home}\`, which is not an absolute path`
      : 'HOME is not set, so the runtime root is unknown',
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
