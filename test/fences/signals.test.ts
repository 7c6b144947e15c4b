import { expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Import rules cannot see `process.kill`: it is a global. So the text itself is searched. */
const SIGNAL =
  /\bkill\s*\(|\bprocess\s*\??\.\s*kill\b|\['kill'\]|\bpidfd_send_signal\b|\bproc_signal\w*|\brt_(?:tg)?sigqueueinfo\b|\bt(?:g)?kill\b/;
const ALLOWED = 'src/machine/';

function sourceFiles(): string[] {
  return readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join('src', name));
}

/** Quoted text stays: a system call that is looked up in a library is named in it. */
const withoutComments = (line: string): string => line.replace(/\/\/ .*|^\s*\/?\*.*/, '');

function signalsIn(text: string): string[] {
  return text.split('\n').filter((line) => SIGNAL.test(withoutComments(line)));
}

test('nothing outside src/machine contains a signal', () => {
  const found = sourceFiles()
    .filter((file) => !file.startsWith(ALLOWED))
    .flatMap((file) => signalsIn(readFileSync(file, 'utf8')).map((line) => `${file}: ${line.trim()}`));
  expect(found).toEqual([]);
});

test('the search sees signals: in the one place they are allowed, and in a planted line', () => {
  const allowed = sourceFiles().filter((file) => file.startsWith(ALLOWED));
  expect(allowed.flatMap((file) => signalsIn(readFileSync(file, 'utf8')))).not.toEqual([]);
  const planted = [
    "process.kill(pid, 'SIGTERM');",
    "process['kill'](pid, 'SIGKILL');",
    "library.func('int kill(int, int)');",
    "library.func('int syscall(long, ...)', 'pidfd_send_signal');",
    'const end = process.kill;',
    "library.func('int proc_signal_with_audittoken(void *, int)');",
  ];
  for (const line of planted) expect(signalsIn(line)).toEqual([line]);
  expect(signalsIn('process  .kill (pid);\nconst { kill } = process;\nkill(-1);')).toHaveLength(2);
});

/** With 0 a process signals its own group. The process of this file leads a group and ends it at its deadline. */
const OWN_GROUP = { file: 'src/machine/portable/system-information.ts', text: "process.kill(0, 'SIGKILL')" };

test('no process group is ever signalled by number: no negated number reaches a signal (pitfall 13)', () => {
  for (const file of sourceFiles().filter((file) => file.startsWith(ALLOWED))) {
    const text = readFileSync(file, 'utf8').replace(file === OWN_GROUP.file ? OWN_GROUP.text : '', '');
    expect(text).not.toMatch(/kill\(\s*-|SIG\w+'?\)?,\s*-/);
    // No signal goes by number at all, only by handle.
    expect(text).not.toMatch(/process\s*\.\s*kill\(/);
  }
});
