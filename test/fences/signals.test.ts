import { expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Import rules cannot see `process.kill`: it is a global. So the text itself is searched. */
const SIGNAL = /\bkill\s*\(|\['kill'\]|\bpidfd_send_signal\b|\brt_(?:tg)?sigqueueinfo\b|\bt(?:g)?kill\b/;
const ALLOWED = 'src/system/change/';

function sourceFiles(): string[] {
  return readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join('src', name));
}

const withoutStrings = (line: string): string =>
  line.replace(/'[^']*'|`[^`]*`/g, "''").replace(/\/\/.*|^\s*\*.*/, '');

function signalsIn(text: string): string[] {
  return text.split('\n').filter((line) => SIGNAL.test(withoutStrings(line)));
}

test('nothing outside src/system/change contains a signal', () => {
  const found = sourceFiles()
    .filter((file) => !file.startsWith(ALLOWED))
    .flatMap((file) => signalsIn(readFileSync(file, 'utf8')).map((line) => `${file}: ${line.trim()}`));
  expect(found).toEqual([]);
});

test('the search sees signals: in the one place they are allowed, and in a planted line', () => {
  const allowed = sourceFiles().filter((file) => file.startsWith(ALLOWED));
  expect(allowed.flatMap((file) => signalsIn(readFileSync(file, 'utf8')))).not.toEqual([]);
  expect(signalsIn("process.kill(pid, 'SIGTERM');")).toHaveLength(1);
  expect(signalsIn('process  .kill (pid);\nconst { kill } = process;\nkill(-1);')).toHaveLength(2);
});

test('no process group is ever signalled by number: no negated number reaches a signal (pitfall 13)', () => {
  const allowed = sourceFiles().filter((file) => file.startsWith(ALLOWED));
  const text = allowed.map((file) => readFileSync(file, 'utf8')).join('\n');
  expect(text).not.toMatch(/kill\(\s*-|SIG\w+'?\)?,\s*-/);
  // By number only the question whether we may: everything else goes by handle, or by pidfd.
  expect(text.match(/process\s*\.\s*kill\([^)]*\)/g)).toEqual(['process.kill(pid, 0)']);
});
