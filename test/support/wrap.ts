import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Namespace } from './namespace.js';
import type { Sandbox } from './sandbox.js';

/** Makes a script that enters the namespace and runs a program there, for programs that a library starts itself. */
export function wrapProgram({ folder }: Sandbox, namespace: Namespace, program: string): string {
  const path = join(folder, `inside-${basename(program)}`);
  const words = [...namespace.enter(), program].map((word) => `'${word}'`).join(' ');
  writeFileSync(path, `#!/bin/sh\nexec ${words} "$@"\n`, { mode: 0o755 });
  return path;
}
