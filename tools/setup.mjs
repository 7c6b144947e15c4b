/**
 * Installs packages if they are missing, so that one npm command works on a fresh clone. With `--build`, builds too.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

// npm writes this file last, so an interrupted install does not have it.
if (!existsSync('node_modules/.package-lock.json')) {
  console.error('installing the packages (npm ci), which takes up to a minute');
  const { status } = spawnSync('npm', ['ci'], { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) process.exit(status ?? 1);
}
if (process.argv.includes('--build')) {
  const { ensureBuilt } = await import('./built.mjs');
  ensureBuilt();
}
