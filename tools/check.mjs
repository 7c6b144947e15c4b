/** Every static check, one after the other; all run, and any finding of any of them fails the whole. */
import { spawnSync } from 'node:child_process';

const CHECKS = [
  ['types', 'tsc', '-p', '.'],
  ['lint', 'eslint', '--max-warnings', '0', '.'],
  ['format', 'prettier', '--check', '--log-level', 'warn', '.'],
  ['import fences', 'depcruise', '--config', '.dependency-cruiser.cjs', 'src', 'test'],
  ['unused code', 'knip'],
  ['duplicates', 'jscpd', 'src', 'test', 'tools', 'bench'],
];

let failures = 0;
for (const [name, command, ...words] of CHECKS) {
  const { status, stdout, stderr } = spawnSync('npx', ['--no-install', command, ...words], {
    encoding: 'utf8',
  });
  console.log(`${status === 0 ? 'ok  ' : 'FAIL'} ${name}`);
  if (status !== 0) {
    failures += 1;
    console.log(stdout + stderr);
  }
}
process.exitCode = failures === 0 ? 0 : 1;
