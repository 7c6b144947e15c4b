import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Build } from './builds.js';

/** What a program gets that imports the package: names and kinds. */
export function publicModule({ folder }: Build): Readonly<Record<string, string>> {
  const load = createRequire(join(folder, 'package.json'));
  const exported = load('./dist/index.cjs') as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    Object.keys(exported)
      .sort()
      .map((name) => [name, typeof exported[name]]),
  );
}
