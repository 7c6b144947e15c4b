import { isAbsolute, join, resolve } from 'node:path';

export type RuntimeRoot =
  | { readonly ok: true; readonly path: string }
  | { readonly ok: false; readonly message: string; readonly nextStep: string };

/**
 * The runtime root: `SPEC_KITTY_HOME` as it stands when set and non-empty, else `~/.spec-kitty` (observed-daemons).
 * Windows calls the home directory `USERPROFILE`.
 */
export function runtimeRoot(environment: NodeJS.ProcessEnv): RuntimeRoot {
  const { SPEC_KITTY_HOME: root, HOME, USERPROFILE } = environment;
  const home = HOME ?? USERPROFILE;
  if (root) return { ok: true, path: resolve(root) };
  if (home && isAbsolute(home)) return { ok: true, path: join(home, '.spec-kitty') };
  return {
    ok: false,
    message: home
      ? `HOME is \`${home}\`, which is no absolute path`
      : 'HOME is not set, so there is no runtime root to look after',
    nextStep: 'set HOME, or SPEC_KITTY_HOME to the runtime root',
  };
}
