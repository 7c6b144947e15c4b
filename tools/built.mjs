/** Whether `dist/` is what a build would make of the sources as they are: a test run of unchanged sources builds nothing. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const INPUTS = ['package.json', 'package-lock.json', 'policy', 'src', 'tools', 'tsconfig.json'];
/** Not in `dist/`, which is packed and published. */
const MEMORY = 'node_modules/.cache/spec-kitty/built';

/** Called by a build, once it is done. */
export function rememberBuild() {
  mkdirSync(dirname(MEMORY), { recursive: true });
  writeFileSync(MEMORY, stateOfBuild());
}

/** Builds unless `dist/` is up to date. @throws where the build fails */
export function ensureBuilt() {
  if (existsSync(MEMORY) && readFileSync(MEMORY, 'utf8') === stateOfBuild()) return;
  const { status } = spawnSync('npm', ['run', 'build'], { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error(`\`npm run build\` ended with ${status}`);
}

/** Of what a build reads and of what it wrote, so that a change of either is noticed. */
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
