/** Installs what is missing, so that one npm command does on a fresh clone; with `--build`, builds too. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

// An interrupted install leaves no such file: npm writes it last.
if (!existsSync('node_modules/.package-lock.json')) {
  const { status } = spawnSync('npm', ['ci'], { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) process.exit(status ?? 1);
}
if (process.argv.includes('--build')) {
  const { ensureBuilt } = await import('./built.mjs');
  ensureBuilt();
}
