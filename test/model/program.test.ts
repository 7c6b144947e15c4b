import { expect, test } from '@jest/globals';
import { ok } from '../../src/model/result.js';
import { programOf } from '../../src/model/program.js';
import { aProcess } from '../builders/evidence.js';

const SECRET = 'hunter2';

test.each([
  ['/usr/bin/node', ['/srv/app/server.js', `--token=${SECRET}`], 'node server.js'],
  ['/usr/bin/node', ['--inspect', 'server.mjs', SECRET], 'node server.mjs'],
  ['/usr/bin/python3.11', ['-u', './manage.py', 'runserver'], 'python3.11 manage.py'],
  ['/usr/bin/python3.11', ['/usr/local/bin/gunicorn', 'app:app'], 'python3.11 gunicorn'],
  ['/usr/lib/jvm/bin/java', ['-jar', '/opt/app.jar', SECRET], 'java app.jar'],
  ['/usr/bin/ruby3.1 (deleted)', ['bin/rails', 's'], 'ruby3.1 rails'],
])('%s %j is %s', (executable, words, program) => {
  expect(named(executable, words)).toBe(program);
});

test.each([
  ['/usr/sbin/nginx', [SECRET, `/etc/${SECRET}.js`]],
  ['/usr/bin/python3', ['-c', `${SECRET}.py`]],
  ['/usr/bin/python3', ['-Bc', `${SECRET}.py`]],
  ['/usr/bin/python3', ['-m', 'http.server', `${SECRET}.py`]],
  ['/usr/bin/node', ['-e', `a/${SECRET}.js`]],
  ['/usr/bin/node', ['--eval', `a/${SECRET}.js`]],
  ['/usr/bin/node', [SECRET]],
  ['/usr/bin/node', ['--title', SECRET, 'server.js']],
  ['/usr/bin/node', [`user:${SECRET}@host/a.js`]],
  ['/usr/bin/node', [`postgres://u:${SECRET}@h/db.js`]],
  ['/usr/bin/node', [`let a = "${SECRET}/b.js"`]],
  ['/usr/bin/node', ['', '', `${SECRET}.js`]],
  ['/usr/bin/bash', ['-c', `/x/${SECRET}.sh`]],
  ['/usr/bin/perl', ['-ne', `/${SECRET}.pl`]],
])('no argument that may be a secret is named (pitfall 31): %s %j', (executable, words) => {
  expect(named(executable, words)).toBe(executable.slice(executable.lastIndexOf('/') + 1));
});

test('a title that a process gave itself is not named, and neither are arguments of a tool', () => {
  const node = ok('/usr/bin/node');
  const titled = { elements: [`worker ${SECRET}`], exact: true };
  expect(programOf(aProcess({ executable: node, argv: ok(titled) }))).toBe('node');
  const flat = { elements: ['node', '/srv/server.js'], exact: false };
  expect(programOf(aProcess({ executable: node, argv: ok(flat) }))).toBe('node');
});

test('nothing is named without an executable', () => {
  expect(programOf(aProcess({ executable: { ok: false, why: 'EACCES' } }))).toBeNull();
});

function named(executable: string, words: readonly string[]): string | null {
  return programOf(
    aProcess({ executable: ok(executable), argv: ok({ elements: ['argv0', ...words], exact: true }) }),
  );
}
