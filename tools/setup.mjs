/** Installs packages where they are missing, and builds: one npm command then works on a fresh clone. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const npm = (...words) => {
  const { status } = spawnSync('npm', words, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) process.exit(status ?? 1);
};

// npm writes this file last, so an interrupted install does not have it.
if (!existsSync('node_modules/.package-lock.json')) npm('ci');
npm('run', 'build');
