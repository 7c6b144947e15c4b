/**
 * Remembers the state of the sources and of `dist/` after a build, so that a test run of unchanged sources builds
 * nothing.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const INPUTS = ['package.json', 'package-lock.json', 'policy', 'src', 'tools', 'tsconfig.json'];
/** The file that remembers the last build. It is not in `dist/`, because `dist/` is packed and published. */
const MEMORY = 'node_modules/.cache/spec-kitty/built';

/** Remembers the state of the sources and of `dist/`. Called at the end of a build. */
export function rememberBuild() {
  mkdirSync(dirname(MEMORY), { recursive: true });
  writeFileSync(MEMORY, stateOfBuild());
}

/** Builds unless `dist/` is up to date. @throws if the build fails */
export function ensureBuilt() {
  if (existsSync(MEMORY) && readFileSync(MEMORY, 'utf8') === stateOfBuild()) return;
  console.error('building the program, which takes some 15 s');
  const { status } = spawnSync('npm', ['run', 'build'], { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error(`\`npm run build\` ended with ${status}`);
}

/** Returns a hash of what a build reads and of what it wrote, so that a change of either is noticed. */
function stateOfBuild() {
  const hash = createHash('sha256').update(process.version);
  for (const file of [...INPUTS, 'dist'].flatMap(filesAt))
    hash.update(`\0${file}\0`).update(readFileSync(file));
  return hash.digest('hex');
}

function filesAt(path) {
  if (!existsSync(path)) return [];
  if (statSync(path).isFile()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesAt(join(path, name)));
}
