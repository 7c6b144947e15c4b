/** Installs and builds what is missing, so that one npm command does on a fresh clone. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const npm = (...words) => {
  const { status } = spawnSync('npm', words, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) process.exit(status ?? 1);
};

// An interrupted install leaves no such file: npm writes it last.
if (!existsSync('node_modules/.package-lock.json')) npm('ci');
npm('run', 'build');
