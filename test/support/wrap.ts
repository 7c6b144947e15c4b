import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Namespace } from './namespace.js';
import type { Place } from './place.js';

/** For programs that a library starts by itself: what it starts is a script that goes inside first. */
export function wrapProgram({ folder }: Place, namespace: Namespace, program: string): string {
  const path = join(folder, `inside-${basename(program)}`);
  const words = [...namespace.enter(), program].map((word) => `'${word}'`).join(' ');
  writeFileSync(path, `#!/bin/sh\nexec ${words} "$@"\n`, { mode: 0o755 });
  return path;
}
