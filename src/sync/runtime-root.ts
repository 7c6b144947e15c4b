import { dirname, isAbsolute } from 'node:path';
import type { Observer } from '../machine/machine.js';
import { type Environment } from '../machine/runtime.js';
import { NOT_UTF8_PATH } from '../model/evidence.js';
import { inertName } from '../text/terminal.js';

export type RuntimeRoot = { readonly ok: true; readonly path: string } | UnknownRoot;

/** Why the runtime root is unknown. */
interface UnknownRoot {
  readonly ok: false;
  /**
   * `not_utf8`: the path is not UTF-8. Python accepts such a path, and Node shows it as that of another folder.
   * `relative`: SPEC_KITTY_HOME is a relative path, which means another folder wherever a command runs. `no_home`: HOME
   * is not set, and the user database has no usable entry. `unusable`: any other cause.
   */
  readonly cause: 'not_utf8' | 'relative' | 'no_home' | 'unusable';
  readonly message: string;
  readonly remedy: string;
}

/**
 * Determines the runtime root: `SPEC_KITTY_HOME` if set and non-empty, else `.spec-kitty` in the home folder
 * (docs/released-daemons.md). A relative `SPEC_KITTY_HOME` is refused, although released programs take it: every folder
 * would have a root and a daemon of its own.
 */
export function runtimeRoot(observer: Observer, environment: Environment): RuntimeRoot {
  const { SPEC_KITTY_HOME: root } = environment;
  if (root) return rootAt(observer, 'SPEC_KITTY_HOME', root, root);
  const home = homeFolder(observer, environment);
  if (home.ok) return rootAt(observer, 'HOME', home.path, `${home.path}/.spec-kitty`);
  const message = `HOME is not set, and ${home.why}`;
  return { ok: false, cause: 'no_home', message, remedy: SET_HOME };
}

/** Returns the root if even a command that reports other causes as warnings must fail: another folder may be meant. */
export function refusedRoot(root: RuntimeRoot): UnknownRoot | null {
  return !root.ok && (root.cause === 'not_utf8' || root.cause === 'relative') ? root : null;
}

const SET_HOME = 'set HOME to the absolute path of your home folder';

type HomeFolder = { readonly ok: true; readonly path: string } | { readonly ok: false; readonly why: string };

/**
 * Determines the home folder as Python's `Path.home()` does: HOME, also if it is empty, which means `/`; without HOME
 * the user database. On Windows without HOME, USERPROFILE.
 */
function homeFolder(observer: Observer, { HOME, USERPROFILE }: Environment): HomeFolder {
  const home = HOME ?? (observer.platform.isWindows ? USERPROFILE : undefined);
  if (home !== undefined) return { ok: true, path: home || '/' };
  const known = observer.self.homeInUserDatabase();
  return known.ok ? { ok: true, path: known.value || '/' } : known;
}

/**
 * @param value the value of the variable, for messages
 * @param root the path of the root, made from the value
 */
function rootAt(
  observer: Observer,
  variable: 'HOME' | 'SPEC_KITTY_HOME',
  value: string,
  root: string,
): RuntimeRoot {
  if (!observer.self.isVariableUtf8(variable, value)) return notUtf8(`the path in ${variable} is not UTF-8`);
  if (!isAbsolute(root)) {
    const message = `${variable} is ${inertName(value)}, which is not an absolute path`;
    return variable === 'HOME'
      ? unusable(message, SET_HOME)
      : { ok: false, cause: 'relative', message, remedy: SET_ABSOLUTE_ROOT };
  }
  const path = observer.files.absolutePath(root);
  if (!path.ok) return unusable(`${variable} is ${inertName(value)}: ${path.why}`, SET_ABSOLUTE_ROOT);
  if (leadsToNonUtf8(observer, path.value)) return notUtf8(`${inertName(path.value)}: ${NOT_UTF8_PATH}`);
  return { ok: true, path: path.value };
}

/** Whether a link on the way to the root leads to a path that is not UTF-8. The root itself need not exist yet. */
function leadsToNonUtf8({ files }: Observer, root: string): boolean {
  return [root, dirname(root)].some((path) => {
    const real = files.realPath(path);
    return !real.ok && real.why === NOT_UTF8_PATH;
  });
}

const SET_ABSOLUTE_ROOT = 'set SPEC_KITTY_HOME to the absolute path of the runtime root';

function notUtf8(message: string): UnknownRoot {
  const remedy = 'set SPEC_KITTY_HOME to the absolute path of a folder whose name is UTF-8';
  return { ok: false, cause: 'not_utf8', message, remedy };
}

function unusable(message: string, remedy: string): UnknownRoot {
  return { ok: false, cause: 'unusable', message, remedy };
}
