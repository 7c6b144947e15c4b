import { expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { describeIf, hasTools } from '../support/requires.js';

const PAGE = 'man/spec-kitty.1';

describeIf([hasTools('groff')], 'the man page', () => {
  test('is formatted by groff without a warning, and has every command', () => {
    const { stdout, stderr, status } = spawnSync('groff', ['-mdoc', '-Tascii', '-P-cbou', '-ww', PAGE], {
      encoding: 'utf8',
    });
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
    for (const words of ['auth doctor', 'sync now', 'dashboard', 'policy diff', 'completion']) {
      expect(stdout).toContain(words);
    }
  });
});

describeIf([hasTools('mandoc')], 'the man page, for mandoc', () => {
  test('has no warning', () => {
    const { stdout } = spawnSync('mandoc', ['-T', 'lint', '-W', 'warning', PAGE], { encoding: 'utf8' });
    expect(stdout).toBe('');
  });
});
