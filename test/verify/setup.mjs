/**
 * jest's globalSetup and globalTeardown of `npm run verify`: builds the reference in a temporary folder, once a run. Its
 * packages are those of this checkout where every one of them is locked here too, with the same hash; else its own.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** The commit before the redesign: what it does is what the redesign must do (CONTRIBUTING). */
const REFERENCE_COMMIT = '7bcfddf99d9aeca31f7d5b56f154699aade729ec';

/** SPEC_KITTY_REFERENCE may name one that is built already. */
export default function setup() {
  if (process.env.SPEC_KITTY_REFERENCE) return;
  const folder = mkdtempSync(join(tmpdir(), 'spec-kitty-reference-'));
  globalThis.referenceToRemove = folder;
  // Some scenarios run it as another user.
  chmodSync(folder, 0o755);
  process.stderr.write(`verify: building the reference ${REFERENCE_COMMIT.slice(0, 7)}\n`);
  execFileSync('tar', ['-x', '-C', folder], { input: archive() });
  if (isLockedHere(join(folder, 'package-lock.json')))
    symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
  else npm(folder, 'ci', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund');
  npm(folder, 'run', 'build');
  process.env.SPEC_KITTY_REFERENCE = folder;
}

export function teardown() {
  if (globalThis.referenceToRemove) rmSync(globalThis.referenceToRemove, { recursive: true });
}

function npm(cwd, ...words) {
  execFileSync('npm', words, { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
}

function archive() {
  try {
    return execFileSync('git', ['archive', '--format=tar', REFERENCE_COMMIT], { maxBuffer: 256 * 2 ** 20 });
  } catch (error) {
    throw new Error('this clone lacks the reference: git fetch --unshallow', { cause: error });
  }
}

function isLockedHere(reference) {
  const packagesOf = (path) => JSON.parse(readFileSync(path, 'utf8')).packages;
  const here = packagesOf('package-lock.json');
  return Object.entries(packagesOf(reference)).every(
    ([name, { integrity }]) => name === '' || here[name]?.integrity === integrity,
  );
}
