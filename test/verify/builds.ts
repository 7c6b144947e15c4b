import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';

/** One built product. Nothing of its sources is used: only what an installed package has. */
export interface Build {
  readonly name: string;
  readonly folder: string;
  readonly bin: string;
  readonly version: string;
}

function buildIn(name: string, folder: string): Build {
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
  return { name, folder, bin: join(folder, 'dist/bin.cjs'), version };
}

/** What was built by `setup.mjs`. */
export function reference(): Build {
  const folder = process.env['SPEC_KITTY_REFERENCE'];
  if (folder === undefined) throw new Error('no reference: run npm run verify');
  return buildIn('reference', folder);
}

/** What is to be verified: this checkout, or a folder with another build, to see that a planted difference is found. */
export function candidate(): Build {
  return buildIn('candidate', resolve(process.env['SPEC_KITTY_CANDIDATE'] ?? '.'));
}

/** The same program under a folder of its own, which says another version of itself. */
export function installAs(build: Build, version: string, below: string): Build {
  const folder = join(below, `${build.name}-${version}`);
  if (!existsSync(folder)) {
    mkdirSync(folder, { recursive: true });
    for (const name of ['dist', 'policy', 'schemas', 'package.json'])
      cpSync(join(build.folder, name), join(folder, name), { recursive: true });
    symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
    const programs = readdirSync(join(folder, 'dist')).filter((name) => name.endsWith('.cjs'));
    for (const file of [...programs.map((name) => join(folder, 'dist', name)), join(folder, 'package.json')])
      writeFileSync(file, readFileSync(file, 'utf8').replaceAll(`"${build.version}"`, `"${version}"`));
  }
  return buildIn(build.name, folder);
}
