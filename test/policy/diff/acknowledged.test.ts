import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { SHIPPED_TEXT } from '../../builders/policy.js';
import { policyFolder } from '../../support/policy-folder.js';
import { diffIn, LOOSER } from './after.js';

let folder = policyFolder();

beforeEach(() => {
  folder.close();
  folder = policyFolder();
  folder.write('policy/sync.yaml', SHIPPED_TEXT);
});
afterAll(() => {
  folder.close();
});

const diffAfter = (text: string, words?: readonly string[]) => diffIn(folder, text, words);

const NONE = `sha256:${'0'.repeat(64)}`;

describe('an acknowledged change', () => {
  const lines = (stdout: string): string =>
    [...stdout.matchAll(/^ {4}(- change: sha256:[0-9a-f]{64}\n) {4}( {2}why: )/gm)]
      .map(([, one, two]) => `${one}${two}`)
      .join('');
  const accept = (text: string): void => {
    folder.write('policy/acknowledged.yaml', text);
  };

  test('passes by the lines that were printed, with a reason', () => {
    const printed = lines(diffAfter(LOOSER).stdout);
    accept(`# accepted\n${printed}nothing of it is ours\n`);
    const { code, stdout } = diffAfter(LOOSER);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringContaining('warning loosened'),
    });
    const again = diffAfter(LOOSER, ['--json']);
    expect(JSON.parse(again.stdout)).toMatchObject({ findings: [{ acknowledged: 'nothing of it is ours' }] });
  });

  test('is the change, not its place: the same states elsewhere in the file pass, any other does not', () => {
    const printed = lines(diffAfter(LOOSER).stdout);
    accept(`${printed}so\n`);
    expect(diffAfter(LOOSER.replace('rules:\n', 'rules:\n\n\n')).code).toBe(0);
    const more = LOOSER.replace(
      '{ class: never_touch, reason: not_spec_kitty }',
      '{ class: operator_required, reason: no }',
    );
    expect(diffAfter(more).code).toBe(1);
    expect(
      diffAfter(LOOSER.replace('operator_required, reason: third_party', 'operator_required, reason: other'))
        .code,
    ).toBe(1);
  });

  test('that nothing does any more is pointed out', () => {
    accept(`- change: ${NONE}\n  why: long ago\n`);
    const { code, stdout } = diffAfter(SHIPPED_TEXT);
    expect(code).toBe(0);
    expect(stdout).toContain('policy/acknowledged.yaml:1:3 note stale-acknowledgement');
  });

  test.each([
    [
      'no reason',
      `- change: ${NONE}\n  why: # say why\n`,
      'acknowledged.yaml:2:8: `0.why` has the wrong form',
    ],
    [
      'an empty reason',
      `- change: ${NONE}\n  why: ' '\n`,
      'acknowledged.yaml:2:8: `0.why` is not well formed',
    ],
    [
      'a shortened hash',
      '- change: sha256:0123abcd\n  why: so\n',
      'acknowledged.yaml:1:11: `0.change` is not well formed',
    ],
    ['an unknown key', `- change: ${NONE}\n  why: so\n  by: me\n`, '3:3: unknown key `by`'],
    ['twice', `- change: ${NONE}\n  why: so\n`.repeat(2), 'acknowledged.yaml:3:3: acknowledged twice'],
    ['no list', 'change: all\n', 'acknowledged.yaml:1:1: the list has the wrong form'],
    ['an anchor', '- &a { change: x, why: y }\n', '1:6: anchors are not allowed here'],
  ])('is read strictly: %s', (_name, text, problem) => {
    accept(text);
    const { code, stdout, stderr } = diffAfter(SHIPPED_TEXT);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(problem);
    expect(stderr).toMatch(/\nnext step: .+\n$/);
  });

  test('may be none: a file of comments', () => {
    accept('# nothing yet\n');
    expect(diffAfter(SHIPPED_TEXT).code).toBe(0);
  });
});
